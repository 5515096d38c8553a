import { searchAttributeNames } from '../core/searchAttributes.ts';
import { openaiRunType } from '../workflows/messages.ts';
import type { RunOutline } from './report.ts';

/** Statuses that runs can be listed by. A run that was refused for its input is listed as `failed`. */
export const listableStatuses = [
  'running',
  'completed',
  'failed',
  'incomplete',
  'cancelled',
  'expired',
  'lost',
  'timed_out',
  'queued_too_long',
  'thread_busy',
  'not_created',
  'terminated',
] as const satisfies readonly RunOutline['status'][];

export type ListableStatus = (typeof listableStatuses)[number];

export interface ListOptions {
  /** Only runs with this status; all by default. */
  readonly status?: ListableStatus;
  /** At most so many; 20 by default. */
  readonly limit?: number;
}

/** Temporal's list filter for runs. A run that has continued as new is listed once: by its latest execution. */
export function buildListQuery(status: ListableStatus | undefined): string {
  const runs = `WorkflowType = '${openaiRunType}' AND ExecutionStatus != 'ContinuedAsNew'`;
  return status === undefined ? runs : `${runs} AND ${filterByStatus(status)}`;
}

/** Temporal's own statuses do not tell how a run failed: that, the run publishes when it ends. */
function filterByStatus(status: ListableStatus): string {
  const attribute = searchAttributeNames.status;
  const failedSo = `(ExecutionStatus = 'Failed' AND ${attribute} = '${status}')`;
  switch (status) {
    case 'running':
      return "ExecutionStatus = 'Running'";
    case 'completed':
      return "ExecutionStatus = 'Completed'";
    case 'terminated':
      return "ExecutionStatus = 'Terminated'";
    case 'cancelled':
      return `(ExecutionStatus = 'Canceled' OR ${failedSo})`;
    case 'timed_out':
      return `(ExecutionStatus = 'TimedOut' OR ${failedSo})`;
    case 'failed':
      return `(${failedSo} OR (ExecutionStatus = 'Failed' AND ${attribute} IS NULL))`;
    case 'incomplete':
    case 'expired':
    case 'lost':
    case 'queued_too_long':
    case 'thread_busy':
    case 'not_created':
      return failedSo;
  }
}
