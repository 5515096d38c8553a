import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The resident memory of each of these processes that is there, in MiB. */
export async function readMemory(pids: readonly number[]): Promise<number[]> {
  try {
    const { stdout } = await run('ps', ['-o', 'rss=', '-p', pids.join(',')]);
    return stdout
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => Math.round(Number(line) / 1_024));
  } catch {
    // `ps` fails when none of them is there.
    return [];
  }
}
