import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { MemoryEvidence } from '../evidence/types.ts';
import type { Fleet } from './fleet.ts';

const run = promisify(execFile);

const lookEveryMs = 2_000;
/** Until a process has loaded everything, and its caches have filled. */
const warmUpMs = 15_000;

/** Looks again and again at how much memory workers and bridges have; `end` says the most that each process had, once it was warm. */
export function watchMemory(
  { workers, bridges }: { readonly workers: Fleet; readonly bridges: Fleet },
  elapsedMs: () => number,
): { end(): MemoryEvidence[] } {
  const seen = new Map<number, MemoryEvidence & { readonly sinceMs: number }>();
  const look = async (sort: MemoryEvidence['sort'], pids: readonly number[]): Promise<void> => {
    for (const { pid, mebibytes } of await readMemory(pids)) {
      const { sinceMs, most } = seen.get(pid) ?? { sinceMs: elapsedMs(), most: 0 };
      const isWarm = elapsedMs() - sinceMs >= warmUpMs;
      seen.set(pid, { sort, pid, sinceMs, most: isWarm ? Math.max(most, mebibytes) : 0 });
    }
  };
  const looking = setInterval(() => {
    void look('worker', workers.pids);
    void look('bridge', bridges.pids);
  }, lookEveryMs);
  return {
    end() {
      clearInterval(looking);
      return [...seen.values()]
        .filter(({ most }) => most > 0)
        .map(({ sort, pid, most }) => ({ sort, pid, most }));
    },
  };
}

async function readMemory(pids: readonly number[]): Promise<{ pid: number; mebibytes: number }[]> {
  try {
    const { stdout } = await run('ps', ['-o', 'pid=,rss=', '-p', pids.join(',')]);
    return [...stdout.matchAll(/(\d+)\s+(\d+)/g)].map(([, pid, kibibytes]) => ({
      pid: Number(pid),
      mebibytes: Math.round(Number(kibibytes) / 1_024),
    }));
  } catch {
    // `ps` fails when none of them is there.
    return [];
  }
}
