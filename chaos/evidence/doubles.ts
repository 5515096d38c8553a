import type { SimulatorEvent } from '../stage/simulatorControl.ts';
import type { Double } from './types.ts';

/** Metadata that together name a call that makes something. */
const tagKeys = ['durable_run_id', 'durable_run_attempt', 'durable_run_round'] as const;

/** What the provider has made more than once for the same call of a run, by the run's id. */
export function findDoubles(log: readonly SimulatorEvent[]): Map<string, Double[]> {
  const made = log.filter(({ kind, from, runId }) => kind === 'run' && from === null && runId !== null);
  const byTag = Map.groupBy(made, ({ metadata }) => callOf(metadata));
  const doubles = new Map<string, Double[]>();
  for (const sameTag of byTag.values()) {
    for (const [index, second] of sameTag.entries()) {
      for (const first of sameTag.slice(0, index)) {
        const id = first.metadata['durable_run_id'] ?? '';
        doubles.set(id, [...(doubles.get(id) ?? []), describe(first, second, made, log)]);
      }
    }
  }
  return doubles;
}

function describe(
  first: SimulatorEvent,
  second: SimulatorEvent,
  made: readonly SimulatorEvent[],
  log: readonly SimulatorEvent[],
): Double {
  const before = log.filter(({ at }) => at < second.at);
  const told = before.find(
    ({ kind, runId, error }) => kind === 'delivery' && runId === first.runId && error === null,
  );
  // A look for an earlier attempt, or round, says nothing about this one.
  const earlier = made.filter(
    ({ threadId, at, metadata }) =>
      threadId === first.threadId && at < first.at && callOf(metadata) !== callOf(first.metadata),
  );
  const sinceAt = earlier.at(-1)?.at ?? 0;
  const looks = before.filter(
    ({ endpoint, threadId, status, at }) =>
      endpoint === 'runs.list' && threadId === first.threadId && status === 200 && at > sinceAt,
  );
  return {
    firstId: first.runId ?? '',
    secondId: second.runId ?? '',
    gapMs: Math.round(second.at - first.at),
    toldMs: told === undefined ? null : Math.round(second.at - told.at),
    listed: looks.length === 0 ? null : looks.some(({ at }) => at > first.at) ? 'after' : 'before',
  };
}

function callOf(metadata: SimulatorEvent['metadata']): string {
  return tagKeys.map((key) => metadata[key] ?? '').join(' ');
}
