import type { Clock } from '../clock.ts';

/** Clocks count in fractions; less than this is no time. */
const ROUNDING_MS = 0.001;

/**
 * Spreads the telling of `events` evenly over a stretch of work, as many at a time as are due; `done` follows the last.
 * `schedule` makes the next step, and may give up on it.
 */
export function pace<E>(
  clock: Pick<Clock, 'now'>,
  { events, workMs }: { events: readonly E[]; workMs: number },
  act: {
    schedule: (delayMs: number, action: () => void) => void;
    tell: (event: E) => void;
    done: () => void;
  },
): void {
  const startedAtMs = clock.now();
  const intervalMs = workMs / Math.max(events.length, 1);
  let told = 0;
  const proceed = (): void => {
    const elapsedMs = clock.now() - startedAtMs;
    const over = elapsedMs > workMs - ROUNDING_MS;
    const due = over ? events.length : Math.floor((elapsedMs + ROUNDING_MS) / intervalMs);
    for (const event of events.slice(told, due)) act.tell(event);
    told = Math.max(told, due);
    if (over) return act.done();
    act.schedule(Math.min((told + 1) * intervalMs, workMs) - elapsedMs, proceed);
  };
  act.schedule(intervalMs, proceed);
}
