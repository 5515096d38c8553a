import type { ResponseChange } from '../responses/lifecycle.ts';
import type { RunChange } from '../runs/engine.ts';

/** The event types of Assistants runs; the payload is the whole run object. */
export const RUN_EVENT_TYPES = [
  'thread.run.created',
  'thread.run.queued',
  'thread.run.in_progress',
  'thread.run.requires_action',
  'thread.run.completed',
  'thread.run.failed',
  'thread.run.incomplete',
  'thread.run.expired',
  'thread.run.cancelling',
  'thread.run.cancelled',
] as const;

/** The event types of responses, all of them ends; the payload is thin. */
export const RESPONSE_EVENT_TYPES = [
  'response.completed',
  'response.failed',
  'response.incomplete',
  'response.cancelled',
] as const;

/** What an endpoint gets that did not choose: the moments at which somebody has to act. */
export const DEFAULT_EVENT_TYPES: readonly string[] = [
  'thread.run.requires_action',
  'thread.run.completed',
  'thread.run.failed',
  'thread.run.incomplete',
  'thread.run.expired',
  'thread.run.cancelled',
  ...RESPONSE_EVENT_TYPES,
];

/** The events of a status change: a creation has two, a status that nobody knows has none. */
export function eventTypesOf(change: RunChange): string[] {
  const type = `thread.run.${change.run.status}`;
  const types = change.from === null ? ['thread.run.created', type] : [type];
  return types.filter((candidate) => RUN_EVENT_TYPES.some((known) => known === candidate));
}

/** The events of a response's status change: only its end has one. */
export function responseEventTypesOf({ response }: ResponseChange): string[] {
  return RESPONSE_EVENT_TYPES.filter((type) => type === `response.${response.status}`);
}
