import { BadRequestError, NotFoundError, type OpenAI } from 'openai';
import { failureTypes } from '../../core/failures.ts';
import type { JsonObject } from '../../core/json.ts';
import type { ProviderRef, Snapshot, ToolOutput } from '../../core/snapshot.ts';
import { isSameTag, type RunTag } from '../../core/tag.ts';
import type { Account } from '../account.ts';
import { describeProblem, ProblemError, unexpectedReply } from '../problem.ts';
import type { CallContext, Created, Found, CreateRequest, Provider, WebhookNews } from '../provider.ts';
import { buildRunParams, readRequest } from './request.ts';
import { needsOutput, parseRun, parseRuns, readOutput, toSnapshot, type RunObject } from './snapshot.ts';
import { readRunEvent } from './webhook.ts';

/**
 * The Assistants API: `threads.runs`. OpenAI itself shut it down on 2026-08-26; compatible servers speak it, and so does the
 * simulator.
 */
export class AssistantProvider implements Provider {
  readonly #threads: OpenAI.Beta.Threads;
  readonly #defaultAssistantId: string | undefined;

  constructor(account: Account, client: OpenAI) {
    this.#threads = client.beta.threads;
    this.#defaultAssistantId = account.defaultAssistantId;
  }

  async create(given: CreateRequest, context: CallContext): Promise<Created> {
    const request = readRequest(given.request, this.#defaultAssistantId);
    const { threadId } = request;
    if (threadId === undefined) return this.#createThread(given, context);

    context.count('create');
    try {
      const run = await this.#threads.runs.create(threadId, buildRunParams(request, given), {
        signal: context.signal,
      });
      return { kind: 'created', snapshot: toSnapshot(parseRun(run)) };
    } catch (error) {
      throw readBusyThread(error, threadId) ?? error;
    }
  }

  /**
   * The thread comes first, in a call of its own: without its id a run whose create reply was lost could not be found. Threads cost
   * nothing, so one that is made twice does no harm.
   */
  async #createThread({ input, request }: CreateRequest, context: CallContext): Promise<Created> {
    context.count('prepare');
    const messages = input === undefined ? {} : { messages: [{ role: 'user' as const, content: input }] };
    const threadId = await harmless(async () => {
      const thread = await this.#threads.create(messages, { signal: context.signal });
      if (typeof thread.id !== 'string' || thread.id === '') throw unexpectedReply('a thread', 'no id');
      return thread.id;
    });
    return { kind: 'prepared', request: { ...request, thread_id: threadId }, inputDelivered: true };
  }

  async retrieve(ref: ProviderRef, context: CallContext): Promise<Snapshot> {
    context.count('retrieve');
    try {
      const run = await this.#threads.runs.retrieve(
        ref.id,
        { thread_id: threadOf(ref) },
        { signal: context.signal },
      );
      return await this.#complete(parseRun(run), context);
    } catch (error) {
      if (error instanceof NotFoundError)
        return { ref, status: 'lost', message: describeProblem(error).message };
      throw error;
    }
  }

  /** Submitting twice is refused by the API (400): then the run has moved on, and its state is the answer. */
  async submitToolOutputs(
    ref: ProviderRef,
    outputs: readonly ToolOutput[],
    context: CallContext,
  ): Promise<Snapshot> {
    context.count('submitToolOutputs');
    try {
      const run = await this.#threads.runs.submitToolOutputs(
        ref.id,
        {
          thread_id: threadOf(ref),
          tool_outputs: outputs.map(({ callId, output }) => ({ tool_call_id: callId, output })),
        },
        { signal: context.signal },
      );
      return await this.#complete(parseRun(run), context);
    } catch (error) {
      if (error instanceof BadRequestError && hasMovedOn(error.message)) return this.retrieve(ref, context);
      throw error;
    }
  }

  async cancel(ref: ProviderRef, context: CallContext): Promise<Snapshot> {
    context.count('cancel');
    try {
      const run = await this.#threads.runs.cancel(
        ref.id,
        { thread_id: threadOf(ref) },
        { signal: context.signal },
      );
      return await this.#complete(parseRun(run), context);
    } catch (error) {
      // "Cannot cancel run with status …": it has ended, or is being cancelled already.
      if (error instanceof BadRequestError) return this.retrieve(ref, context);
      if (error instanceof NotFoundError)
        return { ref, status: 'lost', message: describeProblem(error).message };
      throw error;
    }
  }

  /** Looks through the newest runs of the thread: the lock lets in one at a time, so ours is near the top. */
  async findByTag(tag: RunTag, request: JsonObject, context: CallContext): Promise<Found> {
    const { threadId } = readRequest(request, this.#defaultAssistantId);
    if (threadId === undefined) return { kind: 'never_created' };
    context.count('find');
    const page = await readPage(
      this.#threads.runs.list(threadId, { limit: 100, order: 'desc' }, { signal: context.signal }),
    );
    const run = parseRuns(page).find((candidate) => isSameTag(toSnapshot(candidate).tag, tag));
    return run === undefined
      ? { kind: 'not_found' }
      : { kind: 'found', snapshot: await this.#complete(run, context) };
  }

  readWebhook(event: unknown): WebhookNews | undefined {
    const run = readRunEvent(event);
    if (run === undefined) return undefined;
    const { ref, tag } = toSnapshot(run);
    // The event carries the whole run, its metadata among it: without our tag it is somebody else's.
    if (tag === undefined) return undefined;
    return {
      ref,
      tag,
      readSnapshot: (context) => this.#complete(run, context),
    };
  }

  /** The run object does not hold what the run wrote: that is a message of its thread. */
  async #complete(run: RunObject, context: CallContext): Promise<Snapshot> {
    if (!needsOutput(run)) return toSnapshot(run);
    context.count('readOutput');
    const page = await readPage(
      this.#threads.messages.list(
        run.thread_id,
        { run_id: run.id, order: 'desc', limit: 1 },
        { signal: context.signal },
      ),
    );
    return toSnapshot(run, readOutput(page, run.id));
  }
}

/** A list as it came over the wire: the SDK takes whatever has no `data`, a proxy's page among it, for an empty one. */
async function readPage(listing: { asResponse(): Promise<Response> }): Promise<unknown> {
  const response = await listing.asResponse();
  return response.json();
}

function threadOf(ref: ProviderRef): string {
  if (ref.containerId === undefined) throw new Error(`The ref of run ${ref.id} names no thread.`);
  return ref.containerId;
}

/** The texts with which a submit is refused that has nothing left to do: it was done, or the run has gone on since. */
function hasMovedOn(message: string): boolean {
  return /do not accept tool outputs|Expected tool outputs for call_ids/i.test(message);
}

/** "Thread thread_X already has an active run run_Y." */
function readBusyThread(error: unknown, threadId: string): ProblemError | undefined {
  if (!(error instanceof BadRequestError)) return undefined;
  const runId = /already has an active run (run_[\w-]+)/.exec(error.message)?.[1];
  if (runId === undefined) return undefined;
  const problem = describeProblem(error);
  const blocker = { id: runId, containerId: threadId };
  return new ProblemError({
    ...problem,
    type: failureTypes.threadBusy,
    details: { ...problem.details, blocker },
  });
}

/** For a call that may be repeated whatever became of it. */
async function harmless<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const problem = describeProblem(error);
    throw new ProblemError({ ...problem, details: { ...problem.details, effect: 'none' } });
  }
}
