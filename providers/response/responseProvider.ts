import { BadRequestError, type OpenAI } from 'openai';
import type { ProviderRef, Snapshot } from '../../core/snapshot.ts';
import type { Account } from '../account.ts';
import { describeProblem, isUnknownObject } from '../problem.ts';
import type {
  CallContext,
  Created,
  CreateRequest,
  Found,
  Provider,
  SubmitRequest,
  WebhookNews,
} from '../provider.ts';
import { readJson } from '../untrusted.ts';
import {
  buildCreateParams,
  buildSubmitParams,
  readRequest,
  splitInclude,
  type ResponseParams,
} from './request.ts';
import { parseResponse, toSnapshot } from './snapshot.ts';
import { readResponseEvent } from './webhook.ts';

/** The Responses API in background mode: `responses`. An attempt is a chain of responses, one for each round of tool calls. */
export class ResponseProvider implements Provider {
  readonly #responses: OpenAI.Responses;
  readonly #defaultModel: string | undefined;

  constructor(account: Account, client: OpenAI) {
    this.#responses = client.responses;
    this.#defaultModel = account.defaultModel;
  }

  async create(given: CreateRequest, context: CallContext): Promise<Created> {
    const request = readRequest(given, this.#defaultModel);
    context.count('create');
    const snapshot = await this.#create(buildCreateParams(request, given), request.readWith, context);
    return { kind: 'created', snapshot };
  }

  /** A parent never changes, and may have any number of children: submitting twice makes and costs two responses. */
  async submitToolOutputs(given: SubmitRequest, context: CallContext): Promise<Snapshot> {
    const request = readRequest(given, this.#defaultModel);
    context.count('submitToolOutputs');
    return this.#create(buildSubmitParams(request, given), request.readWith, context);
  }

  async #create(
    params: ResponseParams,
    readWith: string | undefined,
    { signal }: CallContext,
  ): Promise<Snapshot> {
    const response = parseResponse(await readJson(this.#responses.create(params, { signal })));
    return toSnapshot(response, { id: response.id, ...(readWith === undefined ? {} : { readWith }) });
  }

  async retrieve(ref: ProviderRef, context: CallContext): Promise<Snapshot> {
    const snapshot = await this.#retrieve(ref, context);
    if (ref.readWith !== undefined || snapshot.ref.readWith === undefined || !hasOutput(snapshot))
      return snapshot;
    // The ref came from a webhook, which does not say what to include; the response's metadata does.
    const whole = await this.#retrieve(snapshot.ref, context);
    return whole.status === 'lost' ? snapshot : whole;
  }

  async #retrieve(ref: ProviderRef, context: CallContext): Promise<Snapshot> {
    context.count('retrieve');
    const { signal } = context;
    const include = splitInclude(ref.readWith);
    try {
      // By way of the options: the SDK's types know only the names that its version knows.
      const query = include.length === 0 ? {} : { query: { include } };
      const reply = await readJson(this.#responses.retrieve(ref.id, {}, { signal, ...query }));
      return toSnapshot(parseResponse(reply, ref.id), ref);
    } catch (error) {
      return lostOr(error, ref);
    }
  }

  async cancel(ref: ProviderRef, context: CallContext): Promise<Snapshot> {
    context.count('cancel');
    try {
      const reply = await readJson(this.#responses.cancel(ref.id, { signal: context.signal }));
      return afterCancel(toSnapshot(parseResponse(reply, ref.id), ref));
    } catch (error) {
      // "Cannot cancel a completed response." and the like: it has ended.
      if (error instanceof BadRequestError) return afterCancel(await this.retrieve(ref, context));
      return lostOr(error, ref);
    }
  }

  /** Responses cannot be listed, and a create takes no idempotency key. */
  async find(): Promise<Found> {
    return { kind: 'not_searchable' };
  }

  readWebhook(event: unknown): WebhookNews | undefined {
    const id = readResponseEvent(event);
    if (id === undefined) return undefined;
    return { ref: { id }, readSnapshot: (context) => this.retrieve({ id }, context) };
  }
}

function hasOutput({ status }: Snapshot): boolean {
  return status === 'completed' || status === 'incomplete';
}

/** What waits for outputs has ended at the provider: not to send them is what cancels it. */
function afterCancel(snapshot: Snapshot): Snapshot {
  if (snapshot.status !== 'requires_action') return snapshot;
  const { toolCalls: _unanswered, ...facts } = snapshot;
  return { ...facts, status: 'cancelled' };
}

function lostOr(error: unknown, ref: ProviderRef): Snapshot {
  if (!isUnknownObject(error)) throw error;
  return { ref, status: 'lost', message: describeProblem(error).message };
}
