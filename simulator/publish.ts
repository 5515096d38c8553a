import type { Log, Subject } from './log.ts';
import type { ResponseChange } from './responses/lifecycle.ts';
import type { RunChange } from './runs/engine.ts';
import type { RunFeed } from './streaming/runFeed.ts';
import { eventTypesOf, responseEventTypesOf } from './webhooks/events.ts';
import type { WebhookSender } from './webhooks/sender.ts';

interface Publisher {
  log: Log;
  webhooks: WebhookSender;
}

/** Tells the log, the streams and the webhooks of a run's status change. */
export function runPublisher({
  log,
  webhooks,
  feed,
}: Publisher & { feed: RunFeed }): (change: RunChange) => void {
  return (change) => {
    const { run, from, metadata } = change;
    const subject = { runId: run.id, threadId: run.thread_id, metadata };
    log.append({ kind: 'run', from, to: run.status, ...subject });
    feed.tell(change);
    for (const type of eventTypesOf(change)) webhooks.send({ type, data: run, subject });
  };
}

/**
 * Tells the log and the webhooks of a response's status change. In the log a response is a run; what a thread is to runs is
 * to responses their conversation, or the first response of their chain.
 */
export function responsePublisher({ log, webhooks }: Publisher): (change: ResponseChange) => void {
  return (change) => {
    const { response, from, metadata, chainId: threadId } = change;
    const subject: Subject = { runId: response.id, threadId, metadata };
    const previousId = response.previous_response_id ?? undefined;
    log.append({
      kind: 'run',
      from,
      to: response.status,
      previousId,
      ...subject,
      runId: response.id,
      threadId,
    });
    for (const type of responseEventTypesOf(change))
      webhooks.send({ type, data: { id: response.id }, subject });
  };
}
