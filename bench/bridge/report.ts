import { quantiles, table, type Row } from '../load/figures.ts';
import type { Use } from '../load/usage.ts';
import type { StreamOutcome } from './stream.ts';

/** A stream that has been played, and what Temporal has of it. */
export interface Played extends StreamOutcome {
  readonly name: string;
  /** Of the processes while it was played. */
  readonly use: readonly Use[];
  /** Messages that were accepted, and that no run was told of, though each was about one. */
  readonly lost: number;
  /** Wake-ups that a run was sent a second time; it counts each once. */
  readonly repeated: number;
}

export function report(streams: readonly Played[]): string {
  const row = (what: string, figure: (played: Played) => string | number): Row => [
    what,
    ...streams.map((played) => String(figure(played))),
  ];
  return table([
    row('deliveries', ({ name }) => name),
    row('offered, a second', ({ offered, offeredMs }) => aSecond(offered, offeredMs)),
    row('offered, in all', ({ offered }) => offered),
    row('of which duplicates', ({ duplicates }) => duplicates),
    row('accepted meanwhile, a second', ({ acceptedMeanwhile, offeredMs }) =>
      aSecond(acceptedMeanwhile, offeredMs),
    ),
    row('latency of a 200, p50 / p99 / max', ({ acceptedMs }) => quantiles(acceptedMs)),
    row('answered 503', ({ refusedMs }) => refusedMs.length),
    row('latency of a 503, p50 / p99 / max', ({ refusedMs }) => quantiles(refusedMs)),
    row('any other answer', ({ others }) => listOthers(others)),
    row('most tries of one', ({ accepted }) =>
      accepted.reduce((most, { tries }) => Math.max(most, tries), 0),
    ),
    row('all accepted after', ({ offered, accepted, tookMs }) =>
      accepted.length === offered ? `${(tookMs / 1_000).toFixed(0)} s` : 'not when time was up',
    ),
    row('still to come again', ({ offered, accepted }) => offered - accepted.length),
    row('accepted, and not in Temporal', ({ lost }) => lost),
    row('in Temporal twice', ({ repeated }) => repeated),
    ...(streams[0]?.use ?? []).map(({ name }) =>
      row(`${name}: CPU for each accepted, memory`, (played) => describeUse(played, name)),
    ),
  ]);
}

function aSecond(count: number, tookMs: number): string {
  return ((count * 1_000) / tookMs).toFixed(0);
}

function listOthers(others: ReadonlyMap<string, number>): string {
  return [...others].map(([answer, count]) => `${count} ${answer}`).join(', ') || 'none';
}

function describeUse({ use, tookMs, accepted }: Played, name: string): string {
  const found = use.find((one) => one.name === name);
  if (found === undefined || accepted.length === 0) return 'unknown';
  const cpuMs = ((found.cpuPercent / 100) * tookMs) / accepted.length;
  return `${cpuMs.toFixed(1)} ms, ${found.mostMiB} MiB`;
}
