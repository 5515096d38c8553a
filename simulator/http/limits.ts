import type { ApiError } from '../errors.ts';
import { writeDuration } from './duration.ts';
import { DEFAULT_ORGANIZATION } from './keys.ts';
import type { ApiKey } from './keys.ts';
import { rateLimited, tooLarge } from './refusals.ts';

/** How much a key may ask for in a simulated minute. */
export interface RatePolicy {
  requestsPerMinute: number;
  tokensPerMinute: number;
}

/** What a request asks for. */
export interface Demand {
  tokens: number;
  model: string;
}

/** What the limits say to a request: the headers of its answer, and the 429 if it is one too many. */
export interface Verdict {
  headers: Record<string, string>;
  refusal: ApiError | null;
}

/** A leaky bucket: what was used flows off evenly, all of the limit in a minute. */
interface Bucket {
  used: number;
  atMs: number;
}

const KINDS = ['requests', 'tokens'] as const;
type Kind = (typeof KINDS)[number];
const MINUTE_MS = 60_000;

/** The request and token limits of each key. */
export class RateLimits {
  /** What keys may ask for that say nothing themselves; can be changed at any time. */
  policy: RatePolicy;
  readonly #buckets = new Map<string, Record<Kind, Bucket>>();

  constructor(policy: RatePolicy) {
    this.policy = policy;
  }

  /** Counts a request, unless it is refused. */
  take(key: ApiKey, demand: Demand, nowMs: number): Verdict {
    const buckets = this.#bucketsOf(key.key, nowMs);
    const asked = { requests: 1, tokens: demand.tokens };
    const limits = {
      requests: key.requestsPerMinute ?? this.policy.requestsPerMinute,
      tokens: key.tokensPerMinute ?? this.policy.tokensPerMinute,
    };
    for (const kind of KINDS) flowOff(buckets[kind], limits[kind], nowMs);
    const exceeded = KINDS.find((kind) => buckets[kind].used + asked[kind] > limits[kind]);
    if (exceeded === undefined) for (const kind of KINDS) buckets[kind].used += asked[kind];

    const headers: Record<string, string> = {};
    for (const kind of KINDS) {
      headers[`x-ratelimit-limit-${kind}`] = String(limits[kind]);
      headers[`x-ratelimit-remaining-${kind}`] = String(
        Math.max(0, Math.floor(limits[kind] - buckets[kind].used)),
      );
      headers[`x-ratelimit-reset-${kind}`] = writeDuration((buckets[kind].used / limits[kind]) * MINUTE_MS);
    }
    if (exceeded === undefined) return { headers, refusal: null };

    const perMinute = limits[exceeded];
    const limit = {
      kind: exceeded,
      perMinute,
      used: Math.ceil(buckets[exceeded].used),
      requested: asked[exceeded],
    };
    const organization = key.organization ?? DEFAULT_ORGANIZATION;
    if (asked[exceeded] > perMinute) return { headers, refusal: tooLarge(demand.model, organization, limit) };
    const excess = buckets[exceeded].used + asked[exceeded] - perMinute;
    const waitMs = Math.ceil((excess / perMinute) * MINUTE_MS);
    headers['retry-after-ms'] = String(waitMs);
    headers['retry-after'] = String(Math.max(1, Math.ceil(waitMs / 1000)));
    const refusal = rateLimited(demand.model, organization, limit, writeDuration(waitMs));
    return { headers, refusal };
  }

  /** Forgets what was used. */
  reset(): void {
    this.#buckets.clear();
  }

  #bucketsOf(key: string, nowMs: number): Record<Kind, Bucket> {
    let buckets = this.#buckets.get(key);
    if (buckets === undefined) {
      buckets = { requests: { used: 0, atMs: nowMs }, tokens: { used: 0, atMs: nowMs } };
      this.#buckets.set(key, buckets);
    }
    return buckets;
  }
}

function flowOff(bucket: Bucket, perMinute: number, nowMs: number): void {
  bucket.used = Math.max(0, bucket.used - ((nowMs - bucket.atMs) / MINUTE_MS) * perMinute);
  bucket.atMs = nowMs;
}
