import { toUnixSeconds } from '../clock.ts';
import type { Clock } from '../clock.ts';
import { ApiError } from '../errors.ts';
import type { IdFactory } from '../ids.ts';
import type { WebhookEndpoint } from '../options.ts';
import type { Chance } from '../random.ts';
import { DEFAULT_EVENT_TYPES } from './events.ts';

/** For how long an old secret still signs after a rotation that keeps it; simulated milliseconds. */
const OVERLAP_MS = 24 * 3_600_000;

interface Secret {
  text: string;
  /** Simulated milliseconds; null for the present one. */
  validUntilMs: number | null;
}

/** An endpoint as the registry keeps it; replaced when it changes. */
export interface EndpointRecord {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly eventTypes: readonly string[];
  /** Whether the event types were chosen, or are those that everybody gets. */
  readonly chosen: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** The present one first. */
  readonly secrets: readonly Secret[];
}

/** What of an endpoint can be changed; absent or undefined stays. */
interface Changes {
  name?: string | undefined;
  url?: string | undefined;
  eventTypes?: readonly string[] | undefined;
}

/** Owns the webhook endpoints: those given at the start or by the control API, and those of `/v1/webhook_endpoints`. */
export class EndpointRegistry {
  readonly #clock: Clock;
  readonly #nextId: IdFactory;
  readonly #chance: Chance;
  readonly #endpoints = new Map<string, EndpointRecord>();
  #secretsMade = 0;

  constructor(deps: { clock: Clock; nextId: IdFactory; chance: Chance }) {
    this.#clock = deps.clock;
    this.#nextId = deps.nextId;
    this.#chance = deps.chance;
  }

  /** Adds one; without a secret it gets a new one. */
  add(fields: Omit<WebhookEndpoint, 'secret'> & { name?: string; secret?: string }): EndpointRecord {
    const now = toUnixSeconds(this.#clock.now());
    const endpoint: EndpointRecord = {
      id: this.#nextId('whe'),
      name: fields.name ?? new URL(fields.url).host,
      url: fields.url,
      eventTypes: fields.eventTypes ?? DEFAULT_EVENT_TYPES,
      chosen: fields.eventTypes !== undefined,
      createdAt: now,
      updatedAt: now,
      secrets: [{ text: fields.secret ?? this.#newSecret(), validUntilMs: null }],
    };
    this.#endpoints.set(endpoint.id, endpoint);
    return endpoint;
  }

  /** Oldest first. */
  list(): EndpointRecord[] {
    return [...this.#endpoints.values()];
  }

  find(id: string): EndpointRecord | undefined {
    return this.#endpoints.get(id);
  }

  /** @throws ApiError 404 */
  get(id: string): EndpointRecord {
    const endpoint = this.find(id);
    if (endpoint) return endpoint;
    throw new ApiError(404, {
      message: `No webhook endpoint found with id '${id}'.`,
      type: 'invalid_request_error',
      param: null,
      code: null,
    });
  }

  /** Changes what is given; `updated_at` moves only when that makes a difference. */
  update(id: string, { name, url, eventTypes }: Changes): EndpointRecord {
    const old = this.get(id);
    const changed = {
      ...old,
      name: name ?? old.name,
      url: url ?? old.url,
      eventTypes: eventTypes ?? old.eventTypes,
      chosen: old.chosen || eventTypes !== undefined,
    };
    const same = [changed.name, changed.url, ...changed.eventTypes].join('\n');
    if (same === [old.name, old.url, ...old.eventTypes].join('\n')) return old;
    return this.#touch(changed);
  }

  /** Gives it a new secret; the old one signs on for 24 hours beside it, or dies at once. */
  rotate(id: string, keepOld: boolean): EndpointRecord {
    const old = this.get(id);
    const now = this.#clock.now();
    const kept = this.#valid(old).map(({ text, validUntilMs }) => ({
      text,
      validUntilMs: validUntilMs ?? now + OVERLAP_MS,
    }));
    const secrets = [{ text: this.#newSecret(), validUntilMs: null }, ...(keepOld ? kept : [])];
    return this.#touch({ ...old, secrets });
  }

  /** What the endpoint's deliveries are signed with at this moment. */
  signingSecrets(endpoint: EndpointRecord): string[] {
    return this.#valid(endpoint).map(({ text }) => text);
  }

  /** @throws ApiError 404 */
  remove(id: string): void {
    this.get(id);
    this.#endpoints.delete(id);
  }

  clear(): void {
    this.#endpoints.clear();
  }

  #touch(endpoint: EndpointRecord): EndpointRecord {
    const touched = { ...endpoint, updatedAt: toUnixSeconds(this.#clock.now()) };
    this.#endpoints.set(endpoint.id, touched);
    return touched;
  }

  #valid({ secrets }: EndpointRecord): Secret[] {
    const now = this.#clock.now();
    return secrets.filter(({ validUntilMs }) => validUntilMs === null || now < validUntilMs);
  }

  #newSecret(): string {
    this.#secretsMade += 1;
    return `whsec_${this.#chance.bytes(`webhook secret ${this.#secretsMade}`).toString('base64')}`;
  }
}
