import OpenAI from 'openai';
import { limitReplies } from './replyLimit.ts';
import { keepSecret } from './secrets.ts';

/** Whose key is used, and where. Only the name of an account ever enters Temporal. */
export interface Account {
  readonly name: string;
  readonly apiKey: string;
  /** The API's address including `/v1`. */
  readonly baseURL: string;
  /** Secrets that a webhook may be signed with, two during a rotation; none: webhooks are refused. */
  readonly webhookSecrets: readonly string[];
  /** The provider of runs that name none; the registry's first by default. */
  readonly defaultProvider?: string;
  /** The model of runs that name none, for providers whose requests need one. */
  readonly defaultModel?: string;
  /** The assistant of runs that name none. */
  readonly defaultAssistantId?: string;
}

/**
 * The SDK's client for an account. Its own retries are off: Temporal owns them, and knows which calls may be repeated.
 *
 * @param maximumReplyBytes how long a reply may be; for tests
 */
export function createClient(account: Account, maximumReplyBytes?: number): OpenAI {
  for (const secret of [account.apiKey, ...account.webhookSecrets]) keepSecret(secret);
  return new OpenAI({
    apiKey: account.apiKey,
    baseURL: account.baseURL,
    maxRetries: 0,
    fetch: limitReplies(maximumReplyBytes),
    // The SDK would take these from its environment, and send them to whatever server this is.
    organization: null,
    project: null,
    // And this, by which it would print whole requests, prompts among them.
    logLevel: 'warn',
  });
}
