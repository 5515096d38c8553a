import type { TimeMode } from './clock.ts';
import { resolveKey } from './http/keys.ts';
import type { ApiKey, ApiKeyInput } from './http/keys.ts';
import type { Logger } from './logger.ts';

/** An endpoint that webhooks are sent to. */
export interface WebhookEndpoint {
  url: string;
  /** `whsec_` + base64, as the API gives it; a secret without the prefix is used as raw bytes. */
  secret: string;
  /** Event types to send; by default the ends of runs and responses, and a run's `requires_action`. */
  eventTypes?: readonly string[];
}

/** Which plain `http:` URLs the webhook endpoint API takes; the real one takes none. */
export type HttpWebhooks = 'never' | 'loopback' | 'any';

/** Options of `startSimulator`. Durations are simulated milliseconds: real ones divided by `timeScale`. */
export interface SimulatorOptions {
  /** Default 4010; 0 for any free port. */
  port?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** Keys that are accepted, with what they may do; a string is a key that may do everything. Default `['sk-simulator']`. */
  apiKeys?: readonly (string | ApiKeyInput)[];
  /** Endpoints to send webhooks to; more can be added while it runs. */
  webhooks?: readonly WebhookEndpoint[];
  /** Which `http:` URLs `POST /v1/webhook_endpoints` takes. Default `loopback`. */
  httpWebhooks?: HttpWebhooks;
  /** How time runs; by default `scaled` when there is a `timeScale`, else `real`. */
  time?: TimeMode;
  /** How many simulated milliseconds pass in a real one. Default 1. */
  timeScale?: number;
  /** The same seed and the same calls give the same ids and the same luck. Default: a new one at every start. */
  seed?: string | number;
  /** How long a run is queued. Default 200. */
  queueMs?: number;
  /** How long a run works before each tool round and before its end. Default 600. */
  workMs?: number;
  /** How long a run is cancelling. Default 100. */
  cancelMs?: number;
  /** When a run expires after its creation. Default 600000, as the API has it. */
  expiresAfterMs?: number;
  /** How long a background response that is not stored can be read after its end. Default 600000. */
  unstoredRetentionMs?: number;
  /** The older behaviour, which Azure still has: `background` with `store: false` is refused. Default false. */
  backgroundNeedsStore?: boolean;
  /** How long after a failed webhook delivery it is tried again the first time; doubles each time. Default 1000. */
  redeliverAfterMs?: number;
  /** How long a receiver has for its answer; real time, for it is somebody else's process. Default 5000. */
  deliveryTimeoutMs?: number;
  /** What each key may ask for in a simulated minute, unless the key says otherwise. Default 1000000. */
  requestsPerMinute?: number;
  /** The same for tokens. Default 1000000000. */
  tokensPerMinute?: number;
  /** The header `openai-poll-after-ms` of reads of runs and responses. Default null: none. */
  pollAfterMs?: number | null;
  /** Every Assistants endpoint answers 404, as the real host does since August 2026. Default false. */
  sunset?: boolean;
  /** How many ended runs, ended responses, threads, assistants and ended deliveries are kept, of each. Default 10000. */
  maxObjects?: number;
  /** How many log entries are kept. Default 100000. */
  maxLogEntries?: number;
  /** Where the simulator's own messages go; silent by default. */
  logger?: Logger;
}

/** What the parts of a simulator work with. */
export type ResolvedOptions = Omit<Required<SimulatorOptions>, 'apiKeys' | 'time' | 'seed'> & {
  apiKeys: readonly ApiKey[];
  time: TimeMode;
  seed: string | undefined;
};

const DEFAULTS: Omit<ResolvedOptions, 'apiKeys' | 'time' | 'seed' | 'logger'> = {
  port: 4010,
  host: '127.0.0.1',
  webhooks: [],
  httpWebhooks: 'loopback',
  timeScale: 1,
  queueMs: 200,
  workMs: 600,
  cancelMs: 100,
  expiresAfterMs: 600_000,
  unstoredRetentionMs: 600_000,
  backgroundNeedsStore: false,
  redeliverAfterMs: 1000,
  deliveryTimeoutMs: 5000,
  requestsPerMinute: 1_000_000,
  tokensPerMinute: 1_000_000_000,
  pollAfterMs: null,
  sunset: false,
  maxObjects: 10_000,
  maxLogEntries: 100_000,
};

const DURATIONS = [
  'queueMs',
  'workMs',
  'cancelMs',
  'expiresAfterMs',
  'unstoredRetentionMs',
  'redeliverAfterMs',
  'deliveryTimeoutMs',
] as const;
const COUNTS = ['requestsPerMinute', 'tokensPerMinute', 'maxObjects', 'maxLogEntries'] as const;

/**
 * Fills in the defaults.
 * @throws RangeError that names the option, what was expected and what came.
 */
export function resolveOptions(options: SimulatorOptions, silent: Logger): ResolvedOptions {
  const { apiKeys = ['sk-simulator'], seed, ...given } = options;
  const resolved: ResolvedOptions = {
    ...DEFAULTS,
    logger: silent,
    time: given.timeScale === undefined || given.timeScale === 1 ? 'real' : 'scaled',
    ...given,
    apiKeys: apiKeys.map(resolveKey),
    seed: seed === undefined ? undefined : String(seed),
  };
  expectNumber('timeScale', resolved.timeScale, 'a number above 0', (value) => value > 0);
  for (const name of DURATIONS) {
    expectNumber(name, resolved[name], 'milliseconds, 0 or more', (value) => value >= 0);
  }
  if (resolved.pollAfterMs !== null) {
    expectNumber('pollAfterMs', resolved.pollAfterMs, 'milliseconds, 0 or more', (value) => value >= 0);
  }
  for (const name of COUNTS) {
    expectNumber(name, resolved[name], 'a whole number, 1 or more', (value) => value >= 1 && value % 1 === 0);
  }
  for (const { url } of resolved.webhooks) {
    if (!URL.canParse(url))
      throw new RangeError(`Simulator option webhooks: expected an absolute URL, got '${url}'.`);
  }
  return resolved;
}

function expectNumber(name: string, value: number, what: string, fits: (value: number) => boolean): void {
  if (Number.isFinite(value) && fits(value)) return;
  throw new RangeError(`Simulator option ${name}: expected ${what}, got ${value}.`);
}
