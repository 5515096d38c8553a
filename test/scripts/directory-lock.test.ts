import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { withDirectoryLock } from '../../scripts/bootstrap/directory-lock.mjs';
import { temporaryFolder } from './support.ts';

const quick = { pollMs: 5 };

/** A lock as another process would have left it. */
function heldBy(owner: { pid: number; host: string }, ageMs = 0): string {
  const folder = path.join(temporaryFolder(), 'lock');
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'owner.json'), JSON.stringify(owner));
  const touched = new Date(Date.now() - ageMs);
  utimesSync(folder, touched, touched);
  return folder;
}

const deadPid = (): number => spawnSync(process.execPath, ['--version']).pid;

test('only one works at a time', async () => {
  const folder = path.join(temporaryFolder(), 'deep', 'lock');
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside--;
  };
  await Promise.all(Array.from({ length: 5 }, () => withDirectoryLock(folder, quick, work)));
  expect(most).toBe(1);
});

test('gives back what the work gives, and goes with its files', async () => {
  const folder = path.join(temporaryFolder(), 'lock');
  const result = await withDirectoryLock(folder, quick, async (lockFolder) => {
    writeFileSync(path.join(lockFolder, 'draft'), '');
    return 7;
  });
  expect(result).toBe(7);
  expect(existsSync(folder)).toBe(false);
});

test('is released when the work fails', async () => {
  const folder = path.join(temporaryFolder(), 'lock');
  await expect(withDirectoryLock(folder, quick, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(existsSync(folder)).toBe(false);
});

test.each([
  { what: 'a process of this host that is gone', pid: deadPid, host: os.hostname(), ageMs: 0 },
  { what: 'another host, untouched for long', pid: () => process.pid, host: 'elsewhere', ageMs: 120_000 },
])('of $what is taken over, without a word of waiting', async ({ pid, host, ageMs }) => {
  const folder = heldBy({ pid: pid(), host }, ageMs);
  let waited = false;
  const onWait = (): void => void (waited = true);
  const found = await withDirectoryLock(folder, { ...quick, onWait }, async () =>
    readdirSync(path.dirname(folder)),
  );
  expect(found).toEqual(['lock']);
  expect(waited).toBe(false);
});

test.each([
  { what: 'a living process', pid: () => process.pid, host: os.hostname() },
  { what: 'another host that has just touched it', pid: deadPid, host: 'elsewhere' },
])('of $what is waited for', async ({ pid, host }) => {
  const folder = heldBy({ pid: pid(), host });
  const { promise: waiting, resolve: onWait } = Promise.withResolvers<void>();
  const work = withDirectoryLock(folder, { ...quick, onWait }, async () => 'done');
  await waiting;
  const touched = new Date(0);
  utimesSync(folder, touched, touched);
  expect(await work).toBe('done');
});
