import type { Client } from '@temporalio/client';
import protos from '@temporalio/proto';
import type { temporal } from '@temporalio/proto';
import { isObject } from '../../core/json.ts';
import { patches } from '../../scripts/rollout/patches.ts';
import type { HistoryEvidence } from './types.ts';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
const { WorkflowTaskFailedCause } = protos.temporal.api.enums.v1;

export interface ReadHistories {
  readonly facts: Omit<HistoryEvidence, 'forged'>;
  /** Every text in them, for searching. */
  readonly text: string;
  /** Each execution's own, as the Web UI would give it: JSON. */
  readonly documents: () => readonly string[];
}

/** The histories of a run's executions, first to last, as one text for searching and what there is to know of them. */
export async function readHistories(client: Client, id: string): Promise<ReadHistories> {
  const histories: HistoryEvent[][] = [];
  for (let runId = await firstRunId(client, id); runId !== undefined;) {
    const { events } = await client.workflow.getHandle(id, runId).fetchHistory();
    histories.push(events ?? []);
    runId = nextRunId(events ?? []);
  }
  const all = histories.flat();
  const failures = all.flatMap(({ workflowTaskFailedEventAttributes: failed }) =>
    // That is how Temporal says that news came while a task was under way: it is done again.
    failed && failed.cause !== WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND
      ? [`${WorkflowTaskFailedCause[failed.cause ?? 0]}: ${failed.failure?.message ?? ''}`]
      : [],
  );
  const text = collectText(all);
  const facts = {
    beganWithNextBuild: text.includes(patches.beginning),
    executions: histories.length,
    events: all.length,
    taskFailures: failures.filter((failure) => !isCutShort(failure)),
    tasksCutShort: failures.filter(isCutShort).length,
  };
  return {
    facts,
    text,
    documents: () => histories.map((events) => JSON.stringify({ events })),
  };
}

/** What `vm` says when a script takes longer than it may: the SDK's worker option `isolateExecutionTimeout`. */
function isCutShort(failure: string): boolean {
  return failure.includes('Script execution timed out after');
}

function nextRunId(events: readonly HistoryEvent[]): string | undefined {
  const ids = events.map((event) => event.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId);
  return ids.find((id) => typeof id === 'string');
}

async function firstRunId(client: Client, id: string): Promise<string | undefined> {
  const { raw, runId } = await client.workflow.getHandle(id).describe();
  return raw.workflowExecutionInfo?.firstRunId ?? runId;
}

/** Every text in it, those of payloads, which are bytes, too. */
function collectText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (Array.isArray(value)) return value.map(collectText).join('\n');
  if (isObject(value)) return Object.values(value).map(collectText).join('\n');
  return '';
}
