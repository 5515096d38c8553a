import { Retention } from '../retention.ts';
import { containsAll } from '../log.ts';
import type { Subject } from '../log.ts';

/**
 * Where a delivery stands: `lost` by a fault, `given_up` after 72 hours, `cancelled` because its endpoint was removed.
 * The last three are ends; so is `acknowledged`.
 */
export const DELIVERY_STATES = ['pending', 'acknowledged', 'given_up', 'lost', 'cancelled'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** One try and its answer. */
export interface DeliveryTry {
  try: number;
  /** Simulated milliseconds since the epoch. */
  atMs: number;
  status: number | null;
  error: string | null;
}

/** One event for one endpoint, and everything that was tried. Times are simulated milliseconds since the epoch. */
export interface Delivery extends Subject {
  webhookId: string;
  eventId: string;
  type: string;
  endpointId: string;
  url: string;
  state: DeliveryState;
  createdAtMs: number;
  /** Null when no further try is planned. */
  nextTryAtMs: number | null;
  tries: DeliveryTry[];
  body: string;
}

/** Which deliveries are wanted; absent means any. */
export interface DeliveryFilter {
  type?: string | undefined;
  /** Of a run or a response. */
  runId?: string | undefined;
  endpointId?: string | undefined;
  state?: DeliveryState | undefined;
  metadata?: Record<string, string> | undefined;
}

/** The delivery log. Pending deliveries stay, of the others the newest `maxEnded`. */
export class DeliveryLog {
  readonly #deliveries = new Map<string, Delivery>();
  readonly #retention: Retention;

  readonly #dropped = noneByState();

  constructor(maxEnded: number) {
    this.#retention = new Retention(maxEnded, (id) => {
      const delivery = this.#deliveries.get(id);
      if (delivery !== undefined) this.#dropped[delivery.state] += 1;
      this.#deliveries.delete(id);
    });
  }

  add(delivery: Delivery): void {
    this.#deliveries.set(delivery.webhookId, delivery);
  }

  find(webhookId: string): Delivery | undefined {
    return this.#deliveries.get(webhookId);
  }

  /** No further try is planned. */
  end(delivery: Delivery, state: Exclude<DeliveryState, 'pending'>): void {
    delivery.state = state;
    delivery.nextTryAtMs = null;
    if (this.#deliveries.has(delivery.webhookId)) this.#retention.ended(delivery.webhookId);
  }

  /** Oldest first. */
  list(filter: DeliveryFilter = {}): Delivery[] {
    return [...this.#deliveries.values()].filter(
      (delivery) =>
        (filter.type === undefined || delivery.type === filter.type) &&
        (filter.runId === undefined || delivery.runId === filter.runId) &&
        (filter.endpointId === undefined || delivery.endpointId === filter.endpointId) &&
        (filter.state === undefined || delivery.state === filter.state) &&
        containsAll(delivery.metadata, filter.metadata ?? {}),
    );
  }

  /** How many stand where, those that were dropped included. */
  totals(): Record<DeliveryState, number> {
    const totals = { ...this.#dropped };
    for (const { state } of this.#deliveries.values()) totals[state] += 1;
    return totals;
  }

  clear(): void {
    this.#deliveries.clear();
    this.#retention.clear();
    Object.assign(this.#dropped, noneByState());
  }
}

function noneByState(): Record<DeliveryState, number> {
  return { pending: 0, acknowledged: 0, given_up: 0, lost: 0, cancelled: 0 };
}
