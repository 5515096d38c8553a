import { z } from 'zod';

/** What of the API a restricted key may use; the scopes' names are those of the API's own refusals. */
export const SCOPES = [
  'api.assistants.read',
  'api.assistants.write',
  'api.threads.read',
  'api.threads.write',
  'api.responses.read',
  'api.responses.write',
  'api.webhooks.read',
  'api.webhooks.write',
] as const;
export type Scope = (typeof SCOPES)[number];

/** The project and organization of keys that name none. */
export const DEFAULT_PROJECT = 'proj_simulator';
export const DEFAULT_ORGANIZATION = 'org-simulator';

const perMinute = z.number().int().min(1);

/** A key as users give it: `POST /_simulator/keys` and the option `apiKeys`. */
export const apiKeyInput = z.strictObject({
  key: z.string().min(1).max(512),
  /** The headers `OpenAI-Project` and `OpenAI-Organization` must name these, if they are sent; any when not given. */
  project: z.string().min(1).optional(),
  organization: z.string().min(1).optional(),
  /** All of them when not given. */
  scopes: z.array(z.enum(SCOPES)).optional(),
  /** The models its project may use; all of them when not given. */
  models: z.array(z.string()).optional(),
  requestsPerMinute: perMinute.optional(),
  tokensPerMinute: perMinute.optional(),
});
export type ApiKeyInput = z.input<typeof apiKeyInput>;
/** A key, and what may be done with it. */
export type ApiKey = z.output<typeof apiKeyInput>;

/**
 * The key with its defaults.
 * @throws RangeError that says what is wrong with it.
 */
export function resolveKey(key: string | ApiKeyInput): ApiKey {
  const parsed = apiKeyInput.safeParse(typeof key === 'string' ? { key } : key);
  if (parsed.success) return parsed.data;
  throw new RangeError(`Simulator option apiKeys: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`);
}

/** The keys that are accepted. */
export class ApiKeys {
  readonly #keys = new Map<string, ApiKey>();

  constructor(keys: readonly ApiKey[]) {
    for (const key of keys) this.add(key);
  }

  /** A key that is there already is replaced. */
  add(key: ApiKey): void {
    this.#keys.set(key.key, key);
  }

  /** Whether it was there. */
  remove(key: string): boolean {
    return this.#keys.delete(key);
  }

  find(key: string): ApiKey | undefined {
    return this.#keys.get(key);
  }

  list(): ApiKey[] {
    return [...this.#keys.values()];
  }
}
