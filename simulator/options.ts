import type { Logger } from './logger.ts';

/** An endpoint that webhooks are sent to. */
export interface WebhookEndpoint {
  url: string;
  /** `whsec_` + base64, as the API gives it; a secret without the prefix is used as raw bytes. */
  secret: string;
  /** Event types to send; by default a run's `requires_action` and its five ends. */
  eventTypes?: readonly string[];
}

/** Options of `startSimulator`. Durations are simulated milliseconds: real ones divided by `timeScale`. */
export interface SimulatorOptions {
  /** Default 4010; 0 for any free port. */
  port?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** Keys that are accepted. Default `['sk-simulator']`. */
  apiKeys?: readonly string[];
  /** Endpoints to send webhooks to; more can be added while it runs. */
  webhooks?: readonly WebhookEndpoint[];
  /** How many simulated milliseconds pass in a real one. Default 1. */
  timeScale?: number;
  /** How long a run is queued. Default 200. */
  queueMs?: number;
  /** How long a run works before each tool round and before its end. Default 600. */
  workMs?: number;
  /** How long a run is cancelling. Default 100. */
  cancelMs?: number;
  /** When a run expires after its creation. Default 600000, as the API has it. */
  expiresAfterMs?: number;
  /** How long after a failed webhook delivery it is tried again the first time; doubles each time. Default 1000. */
  redeliverAfterMs?: number;
  /** Where the simulator's own messages go; silent by default. */
  logger?: Logger;
}

export type ResolvedOptions = Required<SimulatorOptions>;

const DEFAULTS: Omit<ResolvedOptions, 'logger'> = {
  port: 4010,
  host: '127.0.0.1',
  apiKeys: ['sk-simulator'],
  webhooks: [],
  timeScale: 1,
  queueMs: 200,
  workMs: 600,
  cancelMs: 100,
  expiresAfterMs: 600_000,
  redeliverAfterMs: 1000,
};

const DURATIONS = ['queueMs', 'workMs', 'cancelMs', 'expiresAfterMs', 'redeliverAfterMs'] as const;

/**
 * Fills in the defaults.
 * @throws RangeError that names the option, what was expected and what came.
 */
export function resolveOptions(options: SimulatorOptions, silent: Logger): ResolvedOptions {
  const resolved: ResolvedOptions = { ...DEFAULTS, logger: silent, ...options };
  if (!(Number.isFinite(resolved.timeScale) && resolved.timeScale > 0)) {
    throw new RangeError(`Simulator option timeScale: expected a number above 0, got ${resolved.timeScale}.`);
  }
  for (const name of DURATIONS) {
    if (!(Number.isFinite(resolved[name]) && resolved[name] >= 0)) {
      throw new RangeError(
        `Simulator option ${name}: expected milliseconds, 0 or more, got ${resolved[name]}.`,
      );
    }
  }
  for (const { url } of resolved.webhooks) {
    if (!URL.canParse(url))
      throw new RangeError(`Simulator option webhooks: expected an absolute URL, got '${url}'.`);
  }
  return resolved;
}
