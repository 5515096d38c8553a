import { availableParallelism, cpus, loadavg } from 'node:os';

/** What a figure was measured on, and when. */
export function describeMachine(): string {
  const [cpu] = cpus();
  const date = new Date().toISOString().slice(0, 10);
  return `${cpu?.model.trim() ?? 'unknown CPU'}, ${availableParallelism()} cores, Node ${process.versions.node}, ${process.platform}, ${date}; load average ${loadavg()[0]?.toFixed(1)}`;
}
