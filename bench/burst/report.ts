import type { Answers } from '../load/deliverer.ts';
import { quantiles, table, type Row } from '../load/figures.ts';
import type { Outcome } from '../load/ledger.ts';
import type { Use } from '../load/usage.ts';
import type { Ends } from './ends.ts';

/** A burst, as the sender of its webhooks, the provider, Temporal and the system saw it. */
export interface Played {
  readonly count: number;
  readonly startedInMs: number;
  readonly answers: Answers;
  readonly acceptedInMs: number;
  readonly endedInMs: number | undefined;
  readonly ends: Ends;
  readonly ledger: Outcome;
  readonly use: readonly Use[];
}

export function report(played: Played): string {
  const { count, answers, ends, ledger } = played;
  const { accepted, acceptedMs, refusedMs, others } = answers;
  const rows: Row[] = [
    ['runs in progress, completed at the provider at once', String(count)],
    ['to start them took', inSeconds(played.startedInMs)],
    ['their webhooks were all accepted after', inSeconds(played.acceptedInMs)],
    [
      'all runs had ended after',
      played.endedInMs === undefined ? 'not when time was up' : inSeconds(played.endedInMs),
    ],
    ['completed', String(ends.completed)],
    ['not completed', String(count - ends.completed)],
    ['responses made at the provider', String(ledger.made)],
    [
      'provider calls, as the runs count them',
      [...ends.byCalls].map(([calls, runs]) => `${calls}: ${runs} runs`).join(', '),
    ],
    ['requests at the provider, beyond two for each run', String(ledger.requests - 2 * count)],
    ['webhooks answered 503, and delivered again', String(refusedMs.length)],
    ['any other answer', [...others].map(([answer, times]) => `${times} ${answer}`).join(', ') || 'none'],
    ['most tries of one', String(accepted.reduce((most, { tries }) => Math.max(most, tries), 0))],
    ['latency of a 200, p50 / p99 / max', quantiles(acceptedMs)],
    ...played.use.map(({ name, cpuPercent, mostMiB }): Row => [
      `${name}, from the start: CPU, memory`,
      `${cpuPercent} % of one core, ${mostMiB} MiB`,
    ]),
  ];
  return table(rows);
}

function inSeconds(ms: number): string {
  return `${(ms / 1_000).toFixed(0)} s`;
}
