import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JsonObject } from '../../core/json.ts';
import type { ProviderRef, Snapshot, ToolOutput } from '../../core/snapshot.ts';
import type { RunTag } from '../../core/tag.ts';
import { createClient, type Account } from '../../providers/account.ts';
import type { CallContext, CreateRequest, ToolDefinition } from '../../providers/provider.ts';
import { ResponseProvider } from '../../providers/response/responseProvider.ts';
import type { ResponseScriptSource, Simulator } from '../../simulator/index.ts';
import { accountOf, serve } from './support.ts';

export const tag: RunTag = { workflowId: 'order-17', executionId: 'e-1', attempt: 1, round: 0 };
export const nextTag: RunTag = { ...tag, round: 1 };

export const addTool: ToolDefinition = {
  name: 'add',
  description: 'Adds two numbers',
  parameters: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } } },
};
/** As the Responses API wants it. */
export const addFunction = { type: 'function', ...addTool, strict: false };

export function responseProviderOf(baseURL: string, given: Partial<Account> = {}): ResponseProvider {
  const account = accountOf(baseURL, { defaultModel: 'gpt-sim', ...given });
  return new ResponseProvider(account, createClient(account));
}

/** A request whose response does what the script says. */
export function scripted(script: ResponseScriptSource): JsonObject {
  return { metadata: { simulator: JSON.stringify(script) } };
}

export function createRequest(given: Partial<CreateRequest> = {}): CreateRequest {
  return { tag, input: 'What is 2+2?', inputDelivered: false, request: {}, tools: [], ...given };
}

export async function createdBy(
  provider: ResponseProvider,
  context: CallContext,
  given: Partial<CreateRequest> = {},
): Promise<Snapshot> {
  const created = await provider.create(createRequest(given), context);
  if (created.kind !== 'created') throw new Error('expected a response');
  return created.snapshot;
}

/** Resolves when the simulator has brought the response to this status. */
export async function reached(simulator: Simulator, { id }: ProviderRef, status: string): Promise<void> {
  await simulator.log.waitFor((entry) => entry.kind === 'run' && entry.runId === id && entry.to === status);
}

/** An output for each call that the snapshot asks for. */
export function outputsFor(snapshot: Snapshot, output = '3'): ToolOutput[] {
  if (snapshot.status !== 'requires_action') throw new Error(`The response is ${snapshot.status}.`);
  return snapshot.toolCalls.map(({ callId }) => ({ callId, output, failed: false }));
}

export interface Sent {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly body: unknown;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; a text as it is. */
  readonly body: unknown;
}

/** A server that gives these replies in their order, the last for ever, and keeps what it was sent. */
export async function replying(...replies: Reply[]): Promise<{ baseURL: string; sent: Sent[] }> {
  const sent: Sent[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const reply = replies[Math.min(sent.length, replies.length - 1)];
    sent.push({ method: request.method, url: request.url, body: await bodyOf(request) });
    response.writeHead(reply?.status ?? 200, { 'content-type': 'application/json', ...reply?.headers });
    response.end(typeof reply?.body === 'string' ? reply.body : JSON.stringify(reply?.body ?? {}));
  };
  const baseURL = await serve((request, response) => void answer(request, response));
  return { baseURL, sent };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text === '' ? undefined : JSON.parse(text);
}

/** An error as OpenAI sends it. */
export function refusal(status: number, code: string | null, message = 'No.'): Reply {
  return { status, body: { error: { message, type: 'invalid_request_error', param: null, code } } };
}
