import { realNowMs, toUnixSeconds } from '../clock.ts';
import type { Clock, Timer } from '../clock.ts';
import type { FaultRules } from '../faults/rules.ts';
import type { IdFactory } from '../ids.ts';
import type { Log, Subject } from '../log.ts';
import type { Logger } from '../logger.ts';
import type { WebhookEndpoint } from '../options.ts';
import { DEFAULT_EVENT_TYPES } from './events.ts';
import { planTry } from '../faults/delivery.ts';
import { post } from './post.ts';
import { signWebhook } from './sign.ts';

/** An event to be delivered, and what it is about. */
export interface WebhookEvent {
  type: string;
  data: object;
  subject: Subject;
}

interface Delivery {
  endpoint: WebhookEndpoint;
  eventId: string;
  webhookId: string;
  type: string;
  body: string;
  subject: Subject;
  tries: number;
  firstTriedAtMs: number;
}

/** Redelivery goes on for 72 hours and never waits longer than an hour; simulated time. */
const GIVE_UP_AFTER_MS = 72 * 3_600_000;
const LONGEST_BACKOFF_MS = 3_600_000;

/** Delivers events, each again and again until the receiver answers with a 2xx: at least once, in no promised order. */
export class WebhookSender {
  readonly #clock: Clock;
  readonly #nextId: IdFactory;
  readonly #log: Log;
  readonly #faults: FaultRules;
  readonly #logger: Logger;
  readonly #redeliverAfterMs: number;
  readonly #timers = new Set<Timer>();
  #inFlight = new AbortController();
  #endpoints: readonly WebhookEndpoint[];

  constructor(deps: {
    clock: Clock;
    nextId: IdFactory;
    log: Log;
    faults: FaultRules;
    logger: Logger;
    redeliverAfterMs: number;
    endpoints: readonly WebhookEndpoint[];
  }) {
    this.#clock = deps.clock;
    this.#nextId = deps.nextId;
    this.#log = deps.log;
    this.#faults = deps.faults;
    this.#logger = deps.logger;
    this.#redeliverAfterMs = deps.redeliverAfterMs;
    this.#endpoints = deps.endpoints;
  }

  endpoints(): readonly WebhookEndpoint[] {
    return this.#endpoints;
  }

  addEndpoint(endpoint: WebhookEndpoint): void {
    this.#endpoints = [...this.#endpoints, endpoint];
  }

  removeEndpoints(): void {
    this.#endpoints = [];
  }

  /** Sends the event to every endpoint that wants its type. */
  send(event: WebhookEvent): void {
    const wanting = this.#endpoints.filter((endpoint) =>
      (endpoint.eventTypes ?? DEFAULT_EVENT_TYPES).includes(event.type),
    );
    if (wanting.length === 0) return;
    const eventId = this.#nextId('evt');
    const now = this.#clock.now();
    const body = JSON.stringify({
      id: eventId,
      object: 'event',
      created_at: toUnixSeconds(now),
      type: event.type,
      data: event.data,
    });
    for (const endpoint of wanting) {
      this.#try({
        endpoint,
        eventId,
        webhookId: this.#nextId('wh'),
        type: event.type,
        body,
        subject: event.subject,
        tries: 0,
        firstTriedAtMs: now,
      });
    }
  }

  /** Ends everything pending, for good: nothing of it is delivered any more. */
  reset(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#inFlight.abort();
    this.#inFlight = new AbortController();
  }

  #try(delivery: Delivery): void {
    const plan = planTry(this.#faults.takeWebhook(delivery.type, delivery.subject));
    if (plan === 'lose') return;
    this.#wait(plan.delayMs, () => {
      for (let copy = 1; copy <= plan.copies; copy += 1) {
        // Only the last copy is answered for: one failed copy of a doubled event must not multiply the redeliveries.
        void this.#post(delivery, plan, copy === plan.copies);
      }
    });
  }

  async #post(
    delivery: Delivery,
    plan: { ageMs: number; forged: boolean },
    redeliver: boolean,
  ): Promise<void> {
    const { signal } = this.#inFlight;
    delivery.tries += 1;
    const tryNumber = delivery.tries;
    const { endpoint, eventId, webhookId, type, body, subject } = delivery;
    const headers = signWebhook(
      // Receivers compare the timestamp with their own clock, so this one is real.
      { id: webhookId, timestampSeconds: toUnixSeconds(realNowMs() - plan.ageMs), body },
      [plan.forged ? `not-${endpoint.secret}` : endpoint.secret],
    );
    const answer = await post(endpoint.url, headers, body, signal);
    if (signal.aborted) return;
    this.#log.append({
      kind: 'delivery',
      eventId,
      webhookId,
      type,
      url: endpoint.url,
      try: tryNumber,
      ...answer,
      ...subject,
    });
    if (answer.error === null || !redeliver) return;
    this.#logger.debug({ webhookId, type, try: tryNumber, error: answer.error }, 'webhook not acknowledged');
    this.#redeliver(delivery);
  }

  #redeliver(delivery: Delivery): void {
    const backoffMs = Math.min(this.#redeliverAfterMs * 2 ** (delivery.tries - 1), LONGEST_BACKOFF_MS);
    if (this.#clock.now() + backoffMs > delivery.firstTriedAtMs + GIVE_UP_AFTER_MS) {
      this.#logger.warn(
        { webhookId: delivery.webhookId, type: delivery.type },
        'webhook given up after 72 hours',
      );
      return;
    }
    this.#wait(backoffMs, () => this.#try(delivery));
  }

  #wait(delayMs: number, action: () => void): void {
    if (delayMs === 0) return action();
    const timer = this.#clock.after(delayMs, () => {
      this.#timers.delete(timer);
      action();
    });
    this.#timers.add(timer);
  }
}
