import { createServer, type Server } from 'node:http';
import { failureTypes } from '../../core/failures.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { getSnapshotSchemas } from '../../core/snapshotSchema.ts';
import { describeProblem } from '../../providers/problem.ts';
import type { Provider } from '../../providers/provider.ts';
import { CountingContext } from '../providers/support.ts';
import { messages, responses, runs, tag, thread } from './replies.ts';

const { snapshotSchema } = getSnapshotSchemas();

/* A provider that answers with anything, over real HTTP, and what has to come of each call all the same. */

/** What an endpoint answers with. */
export type Kind = 'response' | 'thread' | 'run' | 'runs' | 'messages';

/** As they are to be: what is asked for beside the reply that has something wrong with it. */
const good: Readonly<Record<Kind, string>> = {
  response: JSON.stringify(responses[0]),
  thread: JSON.stringify(thread),
  run: JSON.stringify(runs[0]),
  runs: JSON.stringify({ object: 'list', data: runs }),
  messages: JSON.stringify(messages),
};

/** The reply to be given: to every request, or to those for one kind of thing. */
export interface Reply {
  readonly kind?: Kind;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether the last byte never comes. */
  readonly endless?: boolean;
}

export class HostileProvider {
  next: Reply = { body: '{}' };
  #asked: Kind[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      const kind = kindOf(request.method ?? 'GET', pathname);
      this.#asked.push(kind);
      const isMeant = this.next.kind === undefined || this.next.kind === kind;
      const {
        status = 200,
        headers = {},
        body,
        endless = false,
      } = isMeant ? this.next : { body: good[kind] };
      request.resume();
      request.on('end', () => {
        response.writeHead(status, { 'content-type': 'application/json', ...headers });
        if (endless) response.write(body.slice(0, -1));
        else response.end(body);
      });
    });
  }

  /** What has been asked for since this was called last. */
  takeAsked(): readonly Kind[] {
    const asked = this.#asked;
    this.#asked = [];
    return asked;
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('expected a TCP address');
    return `http://127.0.0.1:${address.port}/v1`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }
}

function kindOf(method: string, path: string): Kind {
  if (path.includes('/responses')) return 'response';
  if (path.endsWith('/messages')) return 'messages';
  if (path.endsWith('/threads')) return 'thread';
  return method === 'GET' && path.endsWith('/runs') ? 'runs' : 'run';
}

/** What every call is about. */
export const ref = { id: 'run_1', containerId: 'thread_1' };
const asked = { tag, tools: [] };
const created = { ...asked, input: 'What is 2+2?', inputDelivered: false };
const outputs = [{ callId: 'call_1', output: '3', failed: false }];

/** A provider, and a request that it can send as it is. */
export interface Target {
  readonly provider: Provider;
  readonly request: JsonObject;
}

/** Every call of a provider, in each of its ways. */
export const calls = {
  create: ({ provider, request }: Target, context: CountingContext) =>
    provider.create({ ...created, request }, context),
  prepare: ({ provider }: Target, context: CountingContext) =>
    provider.create({ ...created, request: {} }, context),
  retrieve: ({ provider }: Target, context: CountingContext) => provider.retrieve(ref, context),
  retrieveMore: ({ provider }: Target, context: CountingContext) =>
    provider.retrieve({ ...ref, readWith: 'message.output_text.logprobs' }, context),
  submit: ({ provider, request }: Target, context: CountingContext) =>
    provider.submitToolOutputs({ ...asked, request, ref, outputs }, context),
  cancel: ({ provider }: Target, context: CountingContext) => provider.cancel(ref, context),
  find: ({ provider, request }: Target, context: CountingContext) => provider.find({ tag, request }, context),
  findSubmitted: ({ provider, request }: Target, context: CountingContext) =>
    provider.find({ tag, request, submittedTo: ref }, context),
};
export type Call = keyof typeof calls;
export const callNames = Object.keys(calls).filter((name): name is Call => name in calls);

const typed: ReadonlySet<string> = new Set(Object.values(failureTypes));

/** What is wrong with how a call ends; nothing when it is a snapshot or a problem as they are to be. */
export async function flawOf(target: Target, call: Call): Promise<string | undefined> {
  const context = new CountingContext(AbortSignal.timeout(30_000));
  try {
    const reply: unknown = await calls[call](target, context);
    return explainReply(reply);
  } catch (error) {
    const { type, message } = describeProblem(error);
    if (context.signal.aborted) return 'it hung';
    if (!typed.has(type)) return `of no type: ${type}`;
    // A message goes into Temporal's history, and has room for a little.
    if (message.length > 1_200) return `a message of ${message.length} characters`;
    return isBug(error, message) ? `a bug, not a reply: ${message}` : undefined;
  }
}

/**
 * Errors that JavaScript throws when a program is wrong, and its words for them. A RangeError may be about the reply: what is nested too deeply
 * can be parsed, and neither written nor checked.
 */
function isBug(error: unknown, message: string): boolean {
  const isThrown = error instanceof TypeError || error instanceof ReferenceError;
  return isThrown || /cannot read properties|is not (a function|iterable|a constructor)/i.test(message);
}

function explainReply(reply: unknown): string | undefined {
  const snapshot = isObject(reply) && 'kind' in reply ? reply['snapshot'] : reply;
  if (snapshot === undefined) return undefined;
  const parsed = snapshotSchema.safeParse(snapshot);
  // A workflow reads the snapshot of a signal by this schema.
  return parsed.success ? undefined : `no snapshot: ${parsed.error.message.slice(0, 500)}`;
}
