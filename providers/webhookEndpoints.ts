import { BadRequestError, NotFoundError, type OpenAI } from 'openai';
import { failureTypes } from '../core/failures.ts';
import { createClient, type Account } from './account.ts';
import { describeProblem, invalidRequest } from './problem.ts';
import { parseReply, readJson } from './untrusted.ts';
import {
  endpointSchema,
  eventTypesSchema,
  pageSchema,
  readWithSecret,
  testSchema,
  type EndpointWithSecret,
  type WebhookEndpoint,
} from './webhookEndpointReplies.ts';
import { WebhookEndpointsError } from './webhookEndpointsError.ts';

export type { EndpointWithSecret, WebhookEndpoint } from './webhookEndpointReplies.ts';
export { WebhookEndpointsError, type EndpointFailure } from './webhookEndpointsError.ts';

export interface NewWebhookEndpoint {
  readonly name: string;
  readonly url: string;
  readonly eventTypes: readonly string[];
}

export interface SentTest {
  readonly eventType: string;
  /** What the receiver answered. */
  readonly statusCode: number;
}

/** Somebody waits at a terminal. The API itself waits a few seconds for a receiver's answer to a test. */
const timeoutMs = 30_000;
const pageSize = 100;
/** Statuses of a server that does not know the path of the collection, or not the method. */
const missingApi = new Set([404, 405, 501]);

/** Webhook endpoints of the project that an account's key belongs to. Calls are made once: nothing is retried. */
export class WebhookEndpoints {
  readonly #client: OpenAI;

  constructor(account: Account) {
    this.#client = createClient(account);
  }

  /** All of them, newest first. */
  list(): Promise<WebhookEndpoint[]> {
    return onCollection(() => this.#readPages());
  }

  async #readPages(): Promise<WebhookEndpoint[]> {
    const found = new Map<string, WebhookEndpoint>();
    let query: { readonly limit: number; readonly after?: string } = { limit: pageSize };
    for (;;) {
      const reply = await readJson(this.#client.webhooks.list(query, limits()));
      const page = parseReply(pageSchema, 'a list of webhook endpoints', reply);
      const known = found.size;
      for (const endpoint of page.data) found.set(endpoint.id, endpoint);
      const after = page.data.at(-1)?.id;
      // A server whose pages go round in a circle would be asked for ever.
      if (!page.has_more || after === undefined || found.size === known)
        return [...found.values()].toSorted((a, b) => (b.createdAtMs ?? 0) - (a.createdAtMs ?? 0));
      query = { limit: pageSize, after };
    }
  }

  retrieve(id: string): Promise<WebhookEndpoint> {
    return this.#onOne(id, async () => {
      const reply = await readJson(this.#client.webhooks.retrieve(id, limits()));
      return parseReply(endpointSchema, 'a webhook endpoint', reply);
    });
  }

  /**
   * Creates an endpoint. The SDK's types hold the event types of its day, and a server has its own: so this goes past the SDK's
   * method, as its source does it.
   */
  create({ name, url, eventTypes }: NewWebhookEndpoint): Promise<EndpointWithSecret> {
    const body = { name, url, event_types: [...eventTypes] };
    return onCollection(() =>
      this.#withEventTypes(eventTypes, () =>
        readWithSecret(this.#client.post('/webhook_endpoints', { body, ...limits() })),
      ),
    );
  }

  /** Gives the endpoint a new secret; the old one dies at once, or is kept for 24 hours. */
  rotate(id: string, { keepOld }: { readonly keepOld: boolean }): Promise<EndpointWithSecret> {
    const body = { keep_old_secret_active_for_24_hours: keepOld };
    return this.#onOne(id, () => readWithSecret(this.#client.webhooks.rotateSecret(id, body, limits())));
  }

  /**
   * Has a sample event delivered once, of the first of these types that the server takes, and gives the HTTP status that the
   * receiver answered.
   */
  sendTest(id: string, [eventType = '', ...others]: readonly string[]): Promise<SentTest> {
    const path = `/webhook_endpoints/${encodeURIComponent(id)}/test`;
    const body = { event_type: eventType };
    return this.#onOne(id, async () => {
      try {
        const reply = await this.#withEventTypes([eventType], () =>
          readJson(this.#client.post(path, { body, ...limits() })),
        );
        const { status_code: statusCode } = parseReply(testSchema, 'the result of a test', reply);
        return { eventType, statusCode };
      } catch (error) {
        const isRefused = describeProblem(error).type === failureTypes.invalidRequest;
        if (!isRefused || others.length === 0) throw error;
      }
      return this.sendTest(id, others);
    });
  }

  /** Any 2xx is a yes: what the reply holds adds nothing. */
  delete(id: string): Promise<void> {
    return this.#onOne(id, async () => {
      const response = await this.#client.webhooks.delete(id, limits()).asResponse();
      await response.body?.cancel();
    });
  }

  /** When the server refuses a request: says whether that is because it has no events of these types. */
  async #withEventTypes<Result>(wanted: readonly string[], call: () => Promise<Result>): Promise<Result> {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof BadRequestError)) throw error;
      const offered = await this.listEventTypes().catch(() => wanted);
      const missing = wanted.filter((type) => !offered.includes(type));
      if (missing.length === 0) throw error;
      throw invalidRequest(`The server has no webhook events of the type ${missing.join(', ')}`);
    }
  }

  /** The event types that the server has. */
  listEventTypes(): Promise<readonly string[]> {
    return onCollection(async () => {
      const reply = await readJson(this.#client.webhooks.eventTypes.list(limits()));
      return parseReply(eventTypesSchema, 'a list of event types', reply).data;
    });
  }

  /** A 404 about one endpoint may also be a server without this API: the collection tells. */
  async #onOne<Result>(id: string, call: () => Promise<Result>): Promise<Result> {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw endpointsErrorOf(error);
    }
    await this.list();
    throw new WebhookEndpointsError({ kind: 'unknown_endpoint', id });
  }
}

async function onCollection<Result>(call: () => Promise<Result>): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    throw isMissingApi(error) ? new WebhookEndpointsError({ kind: 'no_api' }) : endpointsErrorOf(error);
  }
}

function isMissingApi(error: unknown): boolean {
  return (
    !(error instanceof WebhookEndpointsError) && missingApi.has(describeProblem(error).details.status ?? 0)
  );
}

function endpointsErrorOf(error: unknown): WebhookEndpointsError {
  if (error instanceof WebhookEndpointsError) return error;
  return new WebhookEndpointsError({ kind: 'problem', problem: describeProblem(error) });
}

function limits(): { readonly signal: AbortSignal } {
  return { signal: AbortSignal.timeout(timeoutMs) };
}
