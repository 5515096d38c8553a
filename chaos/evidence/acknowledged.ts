import type { SimulatorEvent } from '../stage/simulatorControl.ts';
import type { RunEnd } from './types.ts';

/** Webhooks that a bridge has answered with 200, by the id of the run that they are about. */
export function findAcknowledged(log: readonly SimulatorEvent[]): Map<string, SimulatorEvent[]> {
  const acknowledged = log.filter(({ kind, error }) => kind === 'delivery' && error === null);
  return Map.groupBy(acknowledged, ({ metadata }) => metadata['durable_run_id'] ?? '');
}

/** Of these, the ids of those that came while the run was open, and that its histories do not know of. */
export function findMissed(
  acknowledged: readonly SimulatorEvent[],
  end: RunEnd,
  histories: string,
): string[] {
  const openUntilMs = end.kind === 'open' ? Infinity : (end.result?.timings.endedAtMs ?? 0);
  const wanted = acknowledged.filter(({ at }) => at < openUntilMs);
  const ids = new Set(wanted.flatMap(({ webhookId }) => webhookId ?? []));
  return [...ids].filter((id) => !histories.includes(id));
}
