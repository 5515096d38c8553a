import type { WorkflowExecutionDescription, WorkflowExecutionInfo } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { RunReport } from '../core/report.ts';
import type { RunResult } from '../core/result.ts';
import { searchAttributeNames } from '../core/searchAttributes.ts';
import type { NotCompletedStatus } from './errors.ts';
import { runStatusSchema } from './schemas.ts';

/** What Temporal itself knows of a run, without a worker to ask. */
export interface RunOutline {
  readonly id: string;
  readonly status: 'running' | 'completed' | NotCompletedStatus;
  /** null: the run has not said so yet. */
  readonly provider: string | null;
  readonly model: string | null;
  /** Unix times in ms; the start is that of the latest execution, if the run has continued as new. */
  readonly timings: { readonly startedAtMs: number; readonly endedAtMs: number | null };
}

/**
 * What there is to know of a run. `knownFrom` says who told: the run itself, asked through a `worker`; its `history`, when it
 * has ended; or `temporal`, which knows no more than an outline.
 */
export type KnownRun =
  | (RunReport & { readonly knownFrom: 'worker' | 'history' })
  | (RunOutline & { readonly knownFrom: 'temporal' });

/** The report of a run that has ended with this result. */
export function reportOf(result: RunResult): RunReport {
  return { ...result, doing: result.status, current: null };
}

const { KEYWORD } = SearchAttributeType;
const keys = {
  provider: defineSearchAttributeKey(searchAttributeNames.provider, KEYWORD),
  status: defineSearchAttributeKey(searchAttributeNames.status, KEYWORD),
  model: defineSearchAttributeKey(searchAttributeNames.model, KEYWORD),
};

/** A run as Temporal's list or description shows it. */
export function outlineOf(info: WorkflowExecutionInfo | WorkflowExecutionDescription): RunOutline {
  const { typedSearchAttributes } = info;
  return {
    id: info.workflowId,
    status: readStatus(info.status.name, typedSearchAttributes.get(keys.status)),
    provider: typedSearchAttributes.get(keys.provider) ?? null,
    model: typedSearchAttributes.get(keys.model) ?? null,
    timings: { startedAtMs: info.startTime.getTime(), endedAtMs: info.closeTime?.getTime() ?? null },
  };
}

function readStatus(
  execution: WorkflowExecutionInfo['status']['name'],
  published: string | undefined,
): RunOutline['status'] {
  switch (execution) {
    case 'RUNNING':
    case 'PAUSED':
    case 'CONTINUED_AS_NEW':
      return 'running';
    case 'COMPLETED':
      return 'completed';
    case 'CANCELLED':
      return 'cancelled';
    case 'TERMINATED':
      return 'terminated';
    case 'TIMED_OUT':
      return 'timed_out';
    case 'FAILED': {
      // A run that was refused for its input has published nothing.
      const status = runStatusSchema.safeParse(published);
      return status.success && status.data !== 'completed' ? status.data : 'failed';
    }
    case 'UNSPECIFIED':
    case 'UNKNOWN':
      return 'unknown';
  }
}
