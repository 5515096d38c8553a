import { WorkflowNotFoundError } from '@temporalio/client';
import { addCalls, type CallCounts } from '../core/calls.ts';
import { failureTypes } from '../core/failures.ts';
import { fitSnapshot } from '../core/fitSnapshot.ts';
import { utf8Bytes } from '../core/json.ts';
import type { Snapshot } from '../core/snapshot.ts';
import type { RunTag } from '../core/tag.ts';
import type { WakeUp } from '../core/wakeUp.ts';
import { describeProblem, type Problem } from '../providers/problem.ts';
import type { WebhookNews } from '../providers/provider.ts';
import type { Delivering, Delivery, VerifiedEvent } from './delivery.ts';
import { isYoung } from './eventAge.ts';

/** Temporal's limit for a payload is 2 MB. A snapshot of more bytes as JSON is left out, and the workflow reads it itself. */
const maximumSignalledBytes = 500_000;

/** Turns one verified webhook event into a signal for the run that it is about. Keeps nothing: any number of bridges may do this. */
export async function deliver(delivering: Delivering, webhook: VerifiedEvent): Promise<Delivery> {
  const { webhookId, eventType, event } = webhook;
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
  if (tag === undefined) return explainMissingTag(read, webhook);
  if (news.tag === undefined) {
    const unwanted = await findReasonToIgnore(delivering, tag);
    if (unwanted !== undefined) return unwanted;
  }

  return signal(delivering, tag.workflowId, {
    webhookId,
    eventType,
    // The snapshot's may say more than the event can: how it is to be read again.
    ref: read.snapshot?.ref ?? news.ref,
    tag,
    account: delivering.account,
    calls: read.calls,
    ...(read.snapshot !== undefined && isWorthSending(read.snapshot, news)
      ? { snapshot: read.snapshot }
      : {}),
  });
}

/**
 * Events without a tag tell only of what has ended, or waits for us. One that is still at work was read where the news had not arrived: a
 * hint to look is better.
 */
function isWorthSending(snapshot: Snapshot, news: WebhookNews): boolean {
  const isStale = snapshot.status === 'queued' || snapshot.status === 'in_progress';
  if (news.tag === undefined && isStale) return false;
  return utf8Bytes(JSON.stringify(snapshot)) <= maximumSignalledBytes;
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
    return { kind: 'unavailable', missing: 'temporal', reason: describeError(error) };
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
    const read = await news.readSnapshot({
      signal: AbortSignal.timeout(readTimeoutMs),
      count: (kind) => {
        calls = addCalls(calls, { [kind]: 1 });
      },
    });
    return { snapshot: fitSnapshot(read), calls };
  } catch (error) {
    return { problem: describeProblem(error), calls };
  }
}

/**
 * Whose webhook this is could not be learnt. While its event is young, an object that the provider does not know may be one that cannot be
 * read yet, and the sender is to try again; later it is not going to be anybody's.
 */
function explainMissingTag({ snapshot, problem }: ReadSnapshot, webhook: VerifiedEvent): Delivery {
  const isUnknown = snapshot?.status === 'lost' || problem?.type === failureTypes.notFound;
  if (!isUnknown) {
    return problem === undefined
      ? { kind: 'ignored', reason: 'not_ours' }
      : { kind: 'unavailable', missing: 'provider', reason: problem.message };
  }
  return isYoung(webhook.event, webhook.sentAtMs, Date.now())
    ? {
        kind: 'unavailable',
        missing: 'object',
        reason: 'The provider does not know the object, which may only be new.',
      }
    : { kind: 'ignored', reason: 'unknown_object' };
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
    return { kind: 'unavailable', missing: 'temporal', reason: describeError(error) };
  }
}

function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
