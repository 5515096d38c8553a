// One lock for all work that two processes may begin at once (installing, building the Temporal CLI): a folder, as making one is
// atomic everywhere. Plain JavaScript because the bootstrap needs it before anything is installed.

import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

const defaults = { pollMs: 200, beatMs: 5_000, staleMs: 60_000, onWait: () => {} };

/** @type {typeof import('./directory-lock.d.mts').withDirectoryLock} */
export async function withDirectoryLock(folder, options, work) {
  const settings = { ...defaults, ...options };
  await mkdir(path.dirname(folder), { recursive: true });
  await acquire(folder, settings);
  // Whoever waits on another host cannot see our process: it looks at the folder's age.
  const beat = setInterval(() => {
    const now = new Date();
    utimes(folder, now, now).catch(() => {});
  }, settings.beatMs);
  try {
    return await work(folder);
  } finally {
    clearInterval(beat);
    await rm(folder, { recursive: true, force: true });
  }
}

async function acquire(folder, settings) {
  for (let told = false; ;) {
    try {
      await mkdir(folder);
      await writeFile(ownerFile(folder), JSON.stringify({ pid: process.pid, host: os.hostname() }));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (await isStale(folder, settings.staleMs)) {
      await removeStale(folder);
      continue;
    }
    if (!told) settings.onWait();
    told = true;
    await sleep(settings.pollMs);
  }
}

/** A lock is stale when its process is gone, or, where that cannot be known, when nobody has touched it for long. */
async function isStale(folder, staleMs) {
  try {
    const { mtimeMs } = await stat(folder);
    if (Date.now() - mtimeMs > staleMs) return true;
    const owner = JSON.parse(await readFile(ownerFile(folder), 'utf8'));
    return owner.host === os.hostname() && !isAlive(owner.pid);
  } catch {
    // Released or just being made: the next round sees it.
    return false;
  }
}

/**
 * Renamed first, so that of two processes that find the same stale lock only one removes it. Should a fresh lock be hit
 * between the look and the rename, two do the same work, whose results are put in place atomically: slow, not wrong.
 */
async function removeStale(folder) {
  const aside = `${folder}.stale-${randomUUID()}`;
  try {
    await rename(folder, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function ownerFile(folder) {
  return path.join(folder, 'owner.json');
}
