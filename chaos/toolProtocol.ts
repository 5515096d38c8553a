/* What the tool of the campaign's worker, the counter and the kinds of runs agree on. */

/** The one tool: it tells the counter a number, under the idempotency key of its call. */
export const toolName = 'record';

/** What the counter answers, and the model is told. */
export function toolOutput(n: number): string {
  return `recorded ${n}`;
}

/** Where the worker finds the counter. */
export const counterVariable = 'CHAOS_COUNTER_URL';
