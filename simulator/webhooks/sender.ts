import { toUnixSeconds } from '../clock.ts';
import type { Clock, Timer } from '../clock.ts';
import { planTry, properTry } from '../faults/delivery.ts';
import type { TryPlan } from '../faults/delivery.ts';
import type { FaultRules } from '../faults/rules.ts';
import { noSubject } from '../log.ts';
import type { IdFactory } from '../ids.ts';
import type { Log, Subject } from '../log.ts';
import type { Logger } from '../logger.ts';
import type { EventType } from './catalogue.ts';
import type { Delivery, DeliveryLog } from './deliveries.ts';
import type { EndpointRecord, EndpointRegistry } from './endpoints.ts';
import { Overtaking } from './overtaking.ts';
import type { PostResult } from './post.ts';
import { sampleData } from './samples.ts';
import { transmit } from './transmit.ts';

/** An event to be delivered, and what it is about. */
export interface WebhookEvent {
  type: string;
  data: object;
  subject: Subject;
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
  readonly #endpoints: EndpointRegistry;
  readonly #deliveries: DeliveryLog;
  readonly #redeliverAfterMs: number;
  readonly #timeoutMs: number;
  readonly #timers = new Map<Delivery, Timer>();
  readonly #overtaking: Overtaking;
  #inFlight = new AbortController();

  constructor(deps: {
    clock: Clock;
    nextId: IdFactory;
    log: Log;
    faults: FaultRules;
    logger: Logger;
    endpoints: EndpointRegistry;
    deliveries: DeliveryLog;
    redeliverAfterMs: number;
    /** Real time: the receiver is somebody else's process. */
    timeoutMs: number;
  }) {
    this.#clock = deps.clock;
    this.#nextId = deps.nextId;
    this.#log = deps.log;
    this.#faults = deps.faults;
    this.#logger = deps.logger;
    this.#endpoints = deps.endpoints;
    this.#deliveries = deps.deliveries;
    this.#redeliverAfterMs = deps.redeliverAfterMs;
    this.#timeoutMs = deps.timeoutMs;
    this.#overtaking = new Overtaking(deps.clock);
  }

  /** Sends the event to every endpoint that wants its type. */
  send(event: WebhookEvent): void {
    const wanting = this.#endpoints.list().filter(({ eventTypes }) => eventTypes.includes(event.type));
    if (wanting.length === 0) return;
    const { eventId, body } = this.#compose(event);
    for (const endpoint of wanting) {
      const delivery: Delivery = {
        webhookId: this.#nextId('wh'),
        eventId,
        type: event.type,
        endpointId: endpoint.id,
        url: endpoint.url,
        state: 'pending',
        createdAtMs: this.#clock.now(),
        nextTryAtMs: this.#clock.now(),
        tries: [],
        body,
        ...event.subject,
      };
      this.#deliveries.add(delivery);
      this.#try(delivery);
    }
  }

  /** Tries a delivery at once, whatever its state, past all faults; undefined when there is no such delivery. */
  async redeliver(webhookId: string): Promise<Delivery | undefined> {
    const delivery = this.#deliveries.find(webhookId);
    if (delivery === undefined) return undefined;
    const answer = await this.#post(delivery, properTry);
    if (answer?.error === null) this.#end(delivery, 'acknowledged');
    return delivery;
  }

  /** Sends a sample event to one endpoint, once; it is in the log, but is no delivery. */
  async sendSample(endpoint: EndpointRecord, type: EventType): Promise<PostResult> {
    const { eventId, body } = this.#compose({ type, data: sampleData(type) });
    const webhookId = this.#nextId('wh');
    const answer = await this.#transmit(endpoint, webhookId, body, properTry);
    this.#log.append({
      kind: 'delivery',
      eventId,
      webhookId,
      type,
      endpointId: endpoint.id,
      url: endpoint.url,
      try: 1,
      ...answer,
      givenUp: false,
      ...noSubject(),
    });
    return answer;
  }

  /** Ends everything pending, for good: nothing of it is delivered any more. */
  reset(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#overtaking.clear();
    this.#deliveries.clear();
    this.#inFlight.abort();
    this.#inFlight = new AbortController();
  }

  #compose({ type, data }: Pick<WebhookEvent, 'type' | 'data'>): { eventId: string; body: string } {
    const eventId = this.#nextId('evt');
    const createdAt = toUnixSeconds(this.#clock.now());
    return {
      eventId,
      body: JSON.stringify({ id: eventId, object: 'event', created_at: createdAt, type, data }),
    };
  }

  #try(delivery: Delivery): void {
    const { type, threadId, runId, metadata } = delivery;
    const plan = planTry(this.#faults.takeWebhook(type, { threadId, runId, metadata }));
    if (plan === 'lose') return this.#end(delivery, 'lost');
    const go = (): void => this.#send(delivery, plan);
    if (plan.overtakenWithinMs !== null)
      return this.#overtaking.hold(delivery.endpointId, plan.overtakenWithinMs, go);
    this.#wait(delivery, plan.delayMs, go);
  }

  #send(delivery: Delivery, plan: TryPlan): void {
    delivery.nextTryAtMs = null;
    for (let copy = 1; copy <= plan.copies; copy += 1) {
      // Only the last copy is answered for: one failed copy of a doubled event must not multiply the redeliveries.
      const answeredFor = copy === plan.copies;
      this.#clock.track(this.#attempt(delivery, plan, answeredFor));
    }
  }

  async #attempt(delivery: Delivery, plan: TryPlan, answeredFor: boolean): Promise<void> {
    const answer = await this.#post(delivery, plan);
    if (answeredFor && answer !== undefined) this.#settle(delivery, answer);
  }

  /** One try; undefined when the sender was reset, or the endpoint removed, in the meantime. */
  async #post(delivery: Delivery, plan: TryPlan): Promise<PostResult | undefined> {
    const endpoint = this.#endpoints.find(delivery.endpointId);
    if (endpoint === undefined) {
      this.#end(delivery, 'cancelled');
      return undefined;
    }
    const { signal } = this.#inFlight;
    const tryRecord = { try: delivery.tries.length + 1, atMs: this.#clock.now(), status: null, error: null };
    delivery.tries.push(tryRecord);
    const answer = await this.#transmit(endpoint, delivery.webhookId, delivery.body, plan);
    if (signal.aborted) return undefined;
    Object.assign(tryRecord, answer);
    const { eventId, webhookId, type, threadId, runId, metadata } = delivery;
    this.#log.append({
      kind: 'delivery',
      eventId,
      webhookId,
      type,
      endpointId: endpoint.id,
      url: endpoint.url,
      try: tryRecord.try,
      ...answer,
      givenUp: answer.error !== null && this.#nextBackoffMs(delivery) === null,
      threadId,
      runId,
      metadata,
    });
    this.#overtaking.passed(endpoint.id);
    return answer;
  }

  #transmit(endpoint: EndpointRecord, webhookId: string, body: string, plan: TryPlan): Promise<PostResult> {
    return transmit(
      { endpoint, secrets: this.#endpoints.signingSecrets(endpoint), webhookId, body, plan },
      { signal: this.#inFlight.signal, timeoutMs: this.#timeoutMs },
    );
  }

  #settle(delivery: Delivery, answer: PostResult): void {
    if (answer.error === null) return this.#end(delivery, 'acknowledged');
    // On demand it may have come through in the meantime.
    if (delivery.state !== 'pending') return;
    const { webhookId, type, tries } = delivery;
    this.#logger.debug(
      { webhookId, type, try: tries.length, error: answer.error },
      'webhook not acknowledged',
    );
    const backoffMs = this.#nextBackoffMs(delivery);
    if (backoffMs === null) {
      this.#logger.warn({ webhookId, type }, 'webhook given up after 72 hours');
      return this.#end(delivery, 'given_up');
    }
    this.#wait(delivery, backoffMs, () => this.#try(delivery));
  }

  /** Null when the next try would be too late. */
  #nextBackoffMs({ tries, createdAtMs }: Delivery): number | null {
    const backoffMs = Math.min(this.#redeliverAfterMs * 2 ** (tries.length - 1), LONGEST_BACKOFF_MS);
    return this.#clock.now() + backoffMs > createdAtMs + GIVE_UP_AFTER_MS ? null : backoffMs;
  }

  #end(delivery: Delivery, state: 'acknowledged' | 'given_up' | 'lost' | 'cancelled'): void {
    this.#timers.get(delivery)?.cancel();
    this.#timers.delete(delivery);
    this.#deliveries.end(delivery, state);
  }

  #wait(delivery: Delivery, delayMs: number, action: () => void): void {
    delivery.nextTryAtMs = this.#clock.now() + delayMs;
    if (delayMs === 0) return action();
    const timer = this.#clock.after(delayMs, () => {
      this.#timers.delete(delivery);
      action();
    });
    this.#timers.set(delivery, timer);
  }
}
