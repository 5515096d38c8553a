import type { Context } from '../http/context.ts';

/** Back to the state after the start: the pre-seeded assistant, no runs, no rules, an empty log. */
export function resetAll({
  engine,
  responses,
  conversations,
  webhooks,
  store,
  faults,
  log,
  recent,
  ledger,
  limits,
  housekeeping,
}: Context): void {
  engine.reset();
  responses.reset();
  conversations.reset();
  webhooks.reset();
  store.reset();
  faults.remove();
  log.clear();
  ledger.reset();
  housekeeping.reset();
  limits.reset();
  recent.reset();
}
