import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { RunsClient } from '../client/index.ts';
import { addCalls, type CallCounts } from '../core/calls.ts';
import { failureTypes } from '../core/failures.ts';
import type { Snapshot } from '../core/snapshot.ts';
import type { RunTag } from '../core/tag.ts';
import type { WakeUp } from '../core/wakeUp.ts';
import { describeProblem, type Problem } from '../providers/problem.ts';
import type { Provider, WebhookNews } from '../providers/provider.ts';

/** What became of a verified webhook. */
export type Delivery =
  /** Temporal has accepted the signal. */
  | { readonly kind: 'delivered'; readonly workflowId: string; readonly withSnapshot: boolean }
  /** There is nobody to tell, and there never will be: redelivering it would not help. */
  | {
      readonly kind: 'ignored';
      readonly reason: 'not_a_run' | 'not_ours' | 'closed';
      readonly workflowId?: string;
    }
  /** Not now: the sender is to try again. */
  | { readonly kind: 'unavailable'; readonly reason: string };

export interface Delivering {
  readonly client: Client;
  readonly runs: RunsClient;
  /** The account's providers. */
  readonly providers: readonly Provider[];
  /** For reading from the provider what the webhook leaves out; what takes longer is left to the workflow. */
  readonly readTimeoutMs: number;
  /** For each call to Temporal. OpenAI wants its answer within a few seconds. */
  readonly temporalTimeoutMs: number;
}

/** Temporal's limit for a payload is 2 MB. A snapshot above this is left out, and the workflow reads it itself. */
const maximumSnapshotLength = 500_000;

/** Turns one verified webhook event into a signal for the run that it is about. Keeps nothing: any number of bridges may do this. */
export async function deliver(
  delivering: Delivering,
  webhookId: string,
  event: unknown,
  eventType: string,
): Promise<Delivery> {
  const news = delivering.providers
    .map((provider) => provider.readWebhook(event))
    .find((read) => read !== undefined);
  if (news === undefined) return { kind: 'ignored', reason: 'not_a_run' };

  // Before anything is asked of the provider: a run that is not there, or not any more, costs no API call.
  if (news.tag !== undefined) {
    const unwanted = await findReasonToIgnore(delivering, news.tag);
    if (unwanted !== undefined) return unwanted;
  }

  const read = await readSnapshot(delivering, news);
  const tag = news.tag ?? read.snapshot?.tag;
  if (tag === undefined) return explainMissingTag(read.problem);

  return signal(delivering, tag.workflowId, {
    webhookId,
    eventType,
    ref: news.ref,
    tag,
    calls: read.calls,
    ...(read.snapshot === undefined || JSON.stringify(read.snapshot).length > maximumSnapshotLength
      ? {}
      : { snapshot: read.snapshot }),
  });
}

/** Everything else, a paused run among it, can still be signalled. */
const closedStatuses = new Set<string>(['COMPLETED', 'FAILED', 'CANCELLED', 'TERMINATED', 'TIMED_OUT']);

async function findReasonToIgnore(
  { client, temporalTimeoutMs }: Delivering,
  { workflowId, executionId }: RunTag,
): Promise<Delivery | undefined> {
  try {
    const description = await client.withDeadline(Date.now() + temporalTimeoutMs, () =>
      client.workflow.getHandle(workflowId).describe(),
    );
    const firstRunId = description.raw.workflowExecutionInfo?.firstRunId;
    // The workflow id may have been used again since: that run is another one.
    const isAnother = firstRunId && firstRunId !== executionId;
    return isAnother || closedStatuses.has(description.status.name)
      ? { kind: 'ignored', reason: 'closed', workflowId }
      : undefined;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { kind: 'ignored', reason: 'not_ours', workflowId };
    return { kind: 'unavailable', reason: describeError(error) };
  }
}

interface ReadSnapshot {
  readonly snapshot?: Snapshot;
  readonly problem?: Problem;
  readonly calls: CallCounts;
}

/** What cannot be read now is no reason to hold the webhook back: without a snapshot it is a hint to look. */
async function readSnapshot({ readTimeoutMs }: Delivering, news: WebhookNews): Promise<ReadSnapshot> {
  let calls: CallCounts = {};
  try {
    const snapshot = await news.readSnapshot({
      signal: AbortSignal.timeout(readTimeoutMs),
      count: (kind) => {
        calls = addCalls(calls, { [kind]: 1 });
      },
    });
    return { snapshot, calls };
  } catch (error) {
    return { problem: describeProblem(error), calls };
  }
}

/** Whose webhook this is could not be learnt. A ref that the provider does not know is not going to be anybody's. */
function explainMissingTag(problem: Problem | undefined): Delivery {
  if (problem === undefined || problem.type === failureTypes.notFound)
    return { kind: 'ignored', reason: 'not_ours' };
  return { kind: 'unavailable', reason: problem.message };
}

async function signal(
  { client, runs, temporalTimeoutMs }: Delivering,
  workflowId: string,
  wakeUp: WakeUp,
): Promise<Delivery> {
  try {
    const told = await client.withDeadline(Date.now() + temporalTimeoutMs, () =>
      runs.getHandle(workflowId).wakeUp(wakeUp),
    );
    return told === 'accepted'
      ? { kind: 'delivered', workflowId, withSnapshot: wakeUp.snapshot !== undefined }
      : { kind: 'ignored', reason: 'closed', workflowId };
  } catch (error) {
    return { kind: 'unavailable', reason: describeError(error) };
  }
}

function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
