/** A growing delay: `initialMs`, then times `factor`, never above `maximumMs`. */
export interface Backoff {
  readonly initialMs: number;
  readonly factor: number;
  readonly maximumMs: number;
}

/** The delay before try number `index`, counted from 0, in whole ms. */
export function backoffDelayMs(backoff: Backoff, index: number): number {
  const delayMs = backoff.initialMs * backoff.factor ** index;
  return Math.round(Math.min(delayMs, backoff.maximumMs));
}

/** How many checks fit into `totalMs` of waiting: what a run that never answers costs at most. */
export function countChecks(backoff: Backoff, totalMs: number): number {
  let waitedMs = 0;
  let checks = 0;
  while (waitedMs < totalMs) {
    waitedMs += backoffDelayMs(backoff, checks);
    checks += 1;
  }
  return checks;
}
