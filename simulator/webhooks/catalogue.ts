import { RUN_EVENT_TYPES } from './events.ts';

/** The event types that the real API lets a project subscribe to. */
export const OFFICIAL_EVENT_TYPES = [
  'batch.completed',
  'batch.failed',
  'batch.expired',
  'batch.cancelled',
  'response.completed',
  'response.failed',
  'response.cancelled',
  'response.incomplete',
  'eval.run.succeeded',
  'eval.run.failed',
  'eval.run.canceled',
  'fine_tuning.job.succeeded',
  'fine_tuning.job.failed',
  'fine_tuning.job.cancelled',
  'realtime.call.incoming',
  'video.completed',
  'video.failed',
  'agent.environment.ready',
  'agent.environment.failed',
  'agent.environment.suspended',
  'agent.environment.expired',
  'agent.session.created',
  'agent.session.action_required',
  'agent.session.in_progress',
  'agent.session.idle',
  'agent.session.failed',
  'safety.alert.created',
] as const;

/** Those, and the simulator's own: the real API has none for Assistants runs. */
export const EVENT_TYPES = [...OFFICIAL_EVENT_TYPES, ...RUN_EVENT_TYPES] as const;
export type EventType = (typeof EVENT_TYPES)[number];
