import type { SimulatorEvent } from '../stage/simulatorControl.ts';
import type { Double } from './types.ts';

/** Metadata that together name a call that makes something. */
const tagKeys = ['durable_run_id', 'durable_run_attempt', 'durable_run_round'] as const;

/** What the provider has made more than once for the same call of a run, by the run's id. */
export function findDoubles(log: readonly SimulatorEvent[]): Map<string, Double[]> {
  const made = log.filter(({ kind, from, runId }) => kind === 'run' && from === null && runId !== null);
  const byTag = Map.groupBy(made, ({ metadata }) => tagKeys.map((key) => metadata[key] ?? '').join(' '));
  const doubles = new Map<string, Double[]>();
  for (const sameTag of byTag.values()) {
    for (const [index, second] of sameTag.entries()) {
      const first = sameTag[index - 1];
      if (first === undefined) continue;
      const id = first.metadata['durable_run_id'] ?? '';
      doubles.set(id, [...(doubles.get(id) ?? []), describe(first, second, log)]);
    }
  }
  return doubles;
}

function describe(first: SimulatorEvent, second: SimulatorEvent, log: readonly SimulatorEvent[]): Double {
  const before = log.filter(({ at }) => at < second.at);
  const told = before.find(
    ({ kind, runId, error }) => kind === 'delivery' && runId === first.runId && error === null,
  );
  const looks = before.filter(
    ({ endpoint, threadId, status }) =>
      endpoint === 'runs.list' && threadId === first.threadId && status === 200,
  );
  return {
    firstId: first.runId ?? '',
    secondId: second.runId ?? '',
    gapMs: Math.round(second.at - first.at),
    toldMs: told === undefined ? null : Math.round(second.at - told.at),
    listed: looks.length === 0 ? null : looks.some(({ at }) => at > first.at) ? 'after' : 'before',
  };
}
