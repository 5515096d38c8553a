import { setTimeout as sleep } from 'node:timers/promises';
import { Deliverer, type Answers, type WebhookMessage } from '../load/deliverer.ts';
import { pace } from '../load/pace.ts';

/** A duplicate comes so many deliveries after its message, when that may still be under way. */
const DUPLICATE_AFTER = 100;

export interface Stream {
  readonly rate: number;
  readonly seconds: number;
  /** How many of the deliveries are the second one of a message, in per cent. */
  readonly duplicatesPercent: number;
  /** How long what was refused is tried again, after the last new delivery. */
  readonly drainMs: number;
  /** The message with this number, of those that are no duplicates. */
  readonly message: (index: number) => WebhookMessage;
}

/** What became of a stream. */
export interface StreamOutcome extends Answers {
  readonly offered: number;
  readonly duplicates: number;
  readonly offeredMs: number;
  /** Accepted while deliveries were still being offered. */
  readonly acceptedMeanwhile: number;
  /** Until the last one was accepted, or time was up. */
  readonly tookMs: number;
}

/** Delivers a stream at its rate, whether the earlier ones are accepted or not. */
export async function deliverStream(
  target: { readonly webhookUrl: string; readonly webhookSecret: string },
  { rate, seconds, duplicatesPercent, drainMs, message }: Stream,
): Promise<StreamOutcome> {
  const deliverer = new Deliverer(target.webhookUrl, target.webhookSecret);
  const { answers } = deliverer;
  const messages: WebhookMessage[] = [];
  const underWay: Promise<void>[] = [];
  let duplicates = 0;
  const startedAtMs = performance.now();
  await pace({
    rate,
    count: Math.round(rate * seconds),
    send() {
      const earlier = messages.at(-DUPLICATE_AFTER);
      const isDuplicate = earlier !== undefined && duplicates * 100 < underWay.length * duplicatesPercent;
      const next = isDuplicate ? earlier : message(messages.length);
      if (isDuplicate) duplicates += 1;
      else messages.push(next);
      underWay.push(deliverer.deliver(next));
      // What is refused, and tried again, does not hold up what is new.
      return Promise.resolve();
    },
  });
  const offeredMs = performance.now() - startedAtMs;
  const acceptedMeanwhile = answers.accepted.length;

  const drained = new AbortController();
  await Promise.race([
    Promise.all(underWay),
    sleep(drainMs, undefined, { signal: drained.signal }).catch(() => {}),
  ]);
  drained.abort();
  const tookMs = performance.now() - startedAtMs;
  deliverer.close();
  return { ...answers, offered: underWay.length, duplicates, offeredMs, acceptedMeanwhile, tookMs };
}
