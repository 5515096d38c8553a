import { spawnSync } from 'node:child_process';

/** What a process has used so far; NaN where `ps` does not say. */
export interface Usage {
  rssMiB: number;
  cpuMs: number;
}

export function usageOf(pid: number): Usage {
  const { stdout } = spawnSync('ps', ['-o', 'rss=', '-o', 'time=', '-p', String(pid)], { encoding: 'utf8' });
  const [rss = '', time = ''] = (stdout ?? '').trim().split(/\s+/);
  // [[days-]hours:]minutes:seconds
  const seconds = time
    .split(/[-:]/)
    .map(Number)
    .toReversed()
    .reduce((sum, value, index) => sum + value * ([1, 60, 3600, 86_400][index] ?? 0), 0);
  return { rssMiB: Math.round(Number(rss) / 1024), cpuMs: time === '' ? NaN : seconds * 1000 };
}

const SAMPLE_MS = 1_000;

/** What a process has used between two moments: its largest memory, as it was seen once a second, and its CPU. */
export interface Use {
  readonly name: string;
  readonly mostMiB: number;
  /** Of one core, in per cent. */
  readonly cpuPercent: number;
}

/** Watches processes until it is told to stop, and gives what they used. */
export function watchUse(processes: readonly { readonly name: string; readonly pid: number }[]): () => Use[] {
  const startedAtMs = performance.now();
  const watched = processes.map(({ name, pid }) => ({ name, pid, before: usageOf(pid), mostMiB: 0 }));
  const sample = (): void => {
    for (const one of watched) one.mostMiB = Math.max(one.mostMiB, usageOf(one.pid).rssMiB);
  };
  const timer = setInterval(sample, SAMPLE_MS);
  return () => {
    clearInterval(timer);
    sample();
    const tookMs = performance.now() - startedAtMs;
    return watched.map(({ name, pid, before, mostMiB }) => ({
      name,
      mostMiB,
      cpuPercent: Math.round(((usageOf(pid).cpuMs - before.cpuMs) / tookMs) * 100),
    }));
  };
}
