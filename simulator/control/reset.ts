import type { Context } from '../http/context.ts';

/** Back to the state after the start: the pre-seeded assistant, no runs, no rules, an empty log. */
export function resetAll({ engine, webhooks, store, faults, log }: Context): void {
  engine.reset();
  webhooks.reset();
  store.reset();
  faults.remove();
  log.clear();
}
