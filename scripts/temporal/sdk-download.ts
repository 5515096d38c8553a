import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { endWithThisProcess } from './child-lifetime.ts';
import { programFile } from './find-on-path.ts';
import type { Obtained, ObtainRequest } from './obtain.ts';

const script = fileURLToPath(new URL('sdk-download-process.ts', import.meta.url));

/** A network that brings nothing for so long counts as unreachable; a slow one that brings something may go on. */
const defaultStallMs = 15_000;

const pollMs = 100;

/**
 * Gets the Temporal CLI by the SDK's own download (from temporal.download).
 *
 * The SDK's API can neither be stopped nor asked how far it is, so it runs in a process of its own, which is ended when the executable
 * has appeared or when nothing has come for `stallMs`.
 */
export async function downloadWithSdk(
  { folder, version, env, progress }: ObtainRequest,
  { stallMs = defaultStallMs, processScript = script } = {},
): Promise<Obtained> {
  // The SDK's own naming; it writes beside it and renames, so that a file under this name is complete.
  const executable = path.join(folder, programFile(`temporal-v${version}`));
  const child = spawn(process.execPath, [processScript, folder, version], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  endWithThisProcess(child);
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  const exited = new Promise<'exited'>((resolve) => {
    child.once('close', () => resolve('exited'));
    child.once('error', (error) => {
      complaint = error.message;
      resolve('exited');
    });
  });

  try {
    let size = 0;
    let grewAtMs = performance.now();
    for (;;) {
      // Waited for before looking, since the executable may appear just before the process ends.
      const state = await Promise.race([exited, sleep(pollMs, 'running')]);
      if (existsSync(executable)) return { kind: 'obtained', executable };
      if (state === 'exited') {
        return {
          kind: 'unavailable',
          reason: lastCauses(complaint) ?? 'the download ended without a result',
        };
      }
      const now = await folderSize(folder);
      if (now > size) {
        size = now;
        grewAtMs = performance.now();
      }
      if (performance.now() - grewAtMs > stallMs) {
        return { kind: 'unavailable', reason: `nothing came from temporal.download for ${stallMs / 1000} s` };
      }
      progress.status(`Downloading the Temporal CLI ${version}: ${Math.round(size / 1e6)} MB`);
    }
  } finally {
    child.kill('SIGKILL');
    await exited;
  }
}

async function folderSize(folder: string): Promise<number> {
  let size = 0;
  for (const name of await readdir(folder)) {
    // Being renamed while we look is no error.
    size += await stat(path.join(folder, name)).then(
      (file) => file.size,
      () => 0,
    );
  }
  return size;
}

/** The SDK chains its causes with colons, and repeats itself; the last ones tell what happened. */
function lastCauses(text: string): string | undefined {
  const line = text.trim().split('\n').at(-1) ?? '';
  return line === '' ? undefined : line.split(': ').slice(-3).join(': ');
}
