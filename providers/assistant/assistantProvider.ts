import { BadRequestError, type OpenAI } from 'openai';
import * as z from 'zod';
import { failureTypes } from '../../core/failures.ts';
import type { ProviderRef, Snapshot } from '../../core/snapshot.ts';
import { isSameTag } from '../../core/tag.ts';
import type { Account } from '../account.ts';
import { describeProblem, isUnknownObject, ProblemError, unexpectedReply } from '../problem.ts';
import type {
  CallContext,
  Created,
  CreateRequest,
  FindRequest,
  Found,
  Provider,
  SubmitRequest,
  WebhookNews,
} from '../provider.ts';
import { parseReply, readJson } from '../untrusted.ts';
import { buildRunParams, readRequest } from './request.ts';
import { needsOutput, parseRun, parseRuns, readOutput, toSnapshot, type RunObject } from './snapshot.ts';
import { readRunEvent } from './webhook.ts';

const threadSchema = z.object({ id: z.string().min(1) });

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
      return { kind: 'created', snapshot: toAccepted(parseRun(run)) };
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
    const messages = { messages: [{ role: 'user' as const, content: input }] };
    const threadId = await harmless(async () => {
      const thread = await readJson(this.#threads.create(messages, { signal: context.signal }));
      return parseReply(threadSchema, 'a thread', thread).id;
    });
    return { kind: 'prepared', request: { ...request, thread_id: threadId }, inputDelivered: true };
  }

  async retrieve(ref: ProviderRef, context: CallContext): Promise<Snapshot> {
    context.count('retrieve');
    let run: unknown;
    try {
      run = await this.#threads.runs.retrieve(
        ref.id,
        { thread_id: threadOf(ref) },
        { signal: context.signal },
      );
    } catch (error) {
      return lostOr(error, ref);
    }
    return this.#complete(parseRun(run), context);
  }

  /** Submitting twice is refused by the API (400): then the run has moved on, and its state is the answer. */
  async submitToolOutputs({ ref, outputs }: SubmitRequest, context: CallContext): Promise<Snapshot> {
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
      return toAccepted(parseRun(run));
    } catch (error) {
      if (error instanceof BadRequestError && hasMovedOn(error.message)) return this.retrieve(ref, context);
      throw error;
    }
  }

  async cancel(ref: ProviderRef, context: CallContext): Promise<Snapshot> {
    context.count('cancel');
    let run: unknown;
    try {
      run = await this.#threads.runs.cancel(ref.id, { thread_id: threadOf(ref) }, { signal: context.signal });
    } catch (error) {
      // "Cannot cancel run with status …": it has ended, or is being cancelled already.
      if (error instanceof BadRequestError) return this.retrieve(ref, context);
      return lostOr(error, ref);
    }
    return this.#complete(parseRun(run), context);
  }

  /** What a lost submit has done, the run itself shows; a lost create is looked for among the runs of the thread. */
  async find({ tag, request, submittedTo }: FindRequest, context: CallContext): Promise<Found> {
    if (submittedTo !== undefined) return this.#findSubmitted(submittedTo, context);
    const { threadId } = readRequest(request, this.#defaultAssistantId);
    if (threadId === undefined) return { kind: 'not_sent' };
    context.count('find');
    // The newest are enough: the thread's lock lets in one run at a time, so ours is near the top.
    const page = await readJson(
      this.#threads.runs.list(threadId, { limit: 100, order: 'desc' }, { signal: context.signal }),
    );
    const run = parseRuns(page).find((candidate) => isSameTag(toSnapshot(candidate).tag, tag));
    return run === undefined
      ? { kind: 'not_found' }
      : { kind: 'found', snapshot: await this.#complete(run, context) };
  }

  /** One that still asks has not been answered, or says so late: answering it twice is refused. */
  async #findSubmitted(ref: ProviderRef, context: CallContext): Promise<Found> {
    const snapshot = await this.retrieve(ref, context);
    return snapshot.status === 'requires_action' ? { kind: 'not_sent' } : { kind: 'found', snapshot };
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
    return toSnapshot(run, readOutput(await this.#listMessages(run, context), run.id));
  }

  async #listMessages({ id, thread_id }: RunObject, { signal }: CallContext): Promise<unknown> {
    try {
      return await readJson(
        this.#threads.messages.list(thread_id, { run_id: id, order: 'desc', limit: 1 }, { signal }),
      );
    } catch (error) {
      // The run is there, so its thread is too: this is neither the end of the run nor for good.
      if (isUnknownObject(error))
        throw unexpectedReply(`the messages of ${id}`, describeProblem(error).message);
      throw error;
    }
  }
}

function threadOf(ref: ProviderRef): string {
  if (ref.containerId === undefined) throw new Error(`The ref of run ${ref.id} names no thread.`);
  return ref.containerId;
}

/** A run that the API does not know is lost; all else stays a problem. */
function lostOr(error: unknown, ref: ProviderRef): Snapshot {
  if (!isUnknownObject(error)) throw error;
  return { ref, status: 'lost', message: describeProblem(error).message };
}

/** What the API has made, or taken in: nothing that could fail may follow, so what a run wrote that has ended at once is read later. */
function toAccepted(run: RunObject): Snapshot {
  const snapshot = toSnapshot(run);
  return needsOutput(run) ? { ref: snapshot.ref, status: 'in_progress' } : snapshot;
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
