import type { Clock } from '../clock.ts';
import type { IdFactory } from '../ids.ts';
import type { Logger } from '../logger.ts';
import { Retention } from '../retention.ts';
import type { Conversations } from './conversations.ts';
import { cannotCancel, responseNotFound } from './errors.ts';
import { StreamJournal } from './journal.ts';
import { keepAwhile } from './keep.ts';
import { streamedStatus } from './lifecycle.ts';
import type { ResponseChange, ResponseDefaults } from './lifecycle.ts';
import { narrate } from './narrate.ts';
import { pace } from './pace.ts';
import { hasEnded, shownStatus } from './record.ts';
import type { NewResponse, ResponseRecord, ResponseState } from './record.ts';
import { renderResponse } from './render.ts';
import { takeTurn } from './turn.ts';
import type { Turn } from './turn.ts';
import { usageOf } from './usage.ts';

/** Owns the responses and moves them through their lifecycle. */
export class ResponseEngine {
  readonly #clock: Clock;
  readonly #nextId: IdFactory;
  readonly #conversations: Conversations;
  readonly #defaults: ResponseDefaults;
  readonly #logger: Logger;
  readonly #onChange: (change: ResponseChange) => void;
  readonly #responses = new Map<string, ResponseRecord>();
  readonly #retention: Retention;

  constructor(deps: {
    clock: Clock;
    nextId: IdFactory;
    conversations: Conversations;
    defaults: ResponseDefaults;
    logger: Logger;
    onChange: (change: ResponseChange) => void;
  }) {
    this.#clock = deps.clock;
    this.#nextId = deps.nextId;
    this.#conversations = deps.conversations;
    this.#defaults = deps.defaults;
    this.#logger = deps.logger;
    this.#onChange = deps.onChange;
    this.#retention = new Retention(deps.defaults.maxObjects, (id) => {
      const response = this.#responses.get(id);
      if (response) this.forget(response);
    });
  }

  /** Creates a response and sets it going: by way of the queue in the background, at once otherwise. */
  create(fields: NewResponse): ResponseRecord {
    const id = this.#nextId('resp');
    const { body, script } = fields;
    const response: ResponseRecord = {
      ...fields,
      id,
      chainId: fields.chainId ?? id,
      createdAtMs: this.#clock.now(),
      state: { status: body.background ? 'queued' : 'in_progress' },
      output: [],
      usage: null,
      spent: null,
      journal: body.stream ? new StreamJournal() : null,
      step: null,
      retention: [],
      waiting: new Set(),
    };
    this.#responses.set(id, response);
    if (response.conversationId !== null) this.#conversations.lock(response.conversationId, id);
    response.journal?.append({ type: 'response.created', response: renderResponse(response) });
    this.#announce(response, null);
    if (!body.background) this.#start(response);
    else if (script.stuck !== 'queued')
      this.#schedule(response, script.queueMs ?? this.#defaults.queueMs, () => this.#start(response));
    return response;
  }

  /**
   * A response that can be read: one in the foreground is not there before it has ended.
   * @throws ApiError 404
   */
  response(id: string): ResponseRecord {
    const response = this.find(id);
    if (!response || !(response.body.background || hasEnded(response.state))) throw responseNotFound(id);
    return response;
  }

  find(id: string): ResponseRecord | undefined {
    return this.#responses.get(id);
  }

  /** All responses, oldest first. */
  responses(): ResponseRecord[] {
    return [...this.#responses.values()];
  }

  /** Resolves when the response has ended. */
  ended(response: ResponseRecord): Promise<void> {
    if (hasEnded(response.state)) return Promise.resolve();
    return new Promise((resolve) => {
      response.waiting.add(resolve);
    });
  }

  /**
   * Cancels a background response; cancelling twice is idempotent.
   * @throws ApiError 400 for any other that has ended, and for one in the foreground.
   */
  cancel(response: ResponseRecord): void {
    const { state, script } = response;
    if (!response.body.background) throw cannotCancel('synchronous');
    if (state.status === 'cancelled') return;
    if (hasEnded(state)) throw cannotCancel(state.status);
    this.#end(response, takeTurn(response, { ...script, rounds: [], end: 'cancelled' }, this.#nextId));
    const { cancelTo } = script;
    if (cancelTo === undefined) return;
    this.#schedule(response, script.cancelMs ?? this.#defaults.cancelMs, () =>
      this.#end(response, takeTurn(response, { ...script, rounds: [], end: cancelTo }, this.#nextId)),
    );
  }

  /** The caller of a response in the foreground is gone: nobody would get its answer, so the work stops. */
  abandon(response: ResponseRecord): void {
    if (response.body.background || hasEnded(response.state)) return;
    this.#end(response, { end: { status: 'cancelled' }, output: [], usage: null });
  }

  /** The response never leaves this status by itself: as its script's `stuck`, decided later. */
  stick(id: string, status: string): void {
    const response = this.#responses.get(id);
    if (response === undefined || hasEnded(response.state)) return;
    if (status !== 'queued' && status !== 'in_progress') return;
    response.script = { ...response.script, stuck: status };
    if (response.state.status === status) response.step?.cancel();
  }

  /** Forgets a response; nothing more happens to it. */
  forget(response: ResponseRecord): void {
    response.step?.cancel();
    for (const timer of response.retention) timer.cancel();
    response.journal?.close();
    this.#responses.delete(response.id);
    this.#retention.gone(response.id);
    for (const resolve of response.waiting) resolve();
    response.waiting.clear();
    this.#unlock(response);
  }

  /** Forgets all responses. */
  reset(): void {
    for (const response of this.responses()) this.forget(response);
  }

  #start(response: ResponseRecord): void {
    const { status, unknownMs } = response.script;
    if (status === undefined) return this.#work(response);
    this.#enter(response, { status: 'unknown', shown: status });
    if (unknownMs !== undefined) this.#schedule(response, unknownMs, () => this.#work(response));
  }

  #work(response: ResponseRecord): void {
    const { script, journal } = response;
    if (response.state.status === 'in_progress')
      journal?.append({ type: 'response.in_progress', response: renderResponse(response) });
    else this.#enter(response, { status: 'in_progress' });
    // What it was given has been read, and is paid for whatever becomes of it.
    response.spent = usageOf(response, script, '');
    if (script.stuck === 'in_progress') return;
    const turn = takeTurn(response, script, this.#nextId);
    pace(
      this.#clock,
      {
        events: journal === null ? [] : narrate(turn.output),
        workMs: script.workMs ?? this.#defaults.workMs,
      },
      {
        schedule: (delayMs, action) => this.#schedule(response, delayMs, action),
        tell: (event) => journal?.append(event),
        done: () => this.#end(response, turn),
      },
    );
  }

  #end(response: ResponseRecord, { end, output, usage }: Turn): void {
    response.output = output;
    response.usage = usage;
    response.spent = usage ?? response.spent;
    this.#enter(response, { ...end, atMs: this.#clock.now() });
    response.journal?.close();
    const { conversationId } = response;
    if (conversationId !== null && end.status === 'completed')
      this.#conversations.append(conversationId, [...response.input, ...output]);
    this.#unlock(response);
    for (const resolve of response.waiting) resolve();
    response.waiting.clear();
    keepAwhile(this.#clock, response, {
      unstoredRetentionMs: this.#defaults.unstoredRetentionMs,
      forget: () => this.forget(response),
    });
    // While a cancelled one may still flip, it has not ended for good.
    if (end.status !== 'cancelled' || response.script.cancelTo === undefined)
      this.#retention.ended(response.id);
  }

  #unlock(response: ResponseRecord): void {
    if (response.conversationId !== null) this.#conversations.unlock(response.conversationId, response.id);
  }

  #enter(response: ResponseRecord, state: ResponseState): void {
    const from = shownStatus(response.state);
    response.step?.cancel();
    response.step = null;
    response.state = state;
    this.#announce(response, from);
  }

  #announce(response: ResponseRecord, from: string | null): void {
    const object = renderResponse(response);
    const type = streamedStatus(object.status);
    // In the foreground a response is created in progress; `#work` tells that.
    if (type !== undefined && (from !== null || response.body.background))
      response.journal?.append({ type, response: object });
    this.#onChange({ from, response: object, metadata: response.metadata, chainId: response.chainId });
  }

  #schedule(response: ResponseRecord, delayMs: number, action: () => void): void {
    response.step?.cancel();
    response.step = this.#clock.after(delayMs, () => {
      try {
        action();
      } catch (error) {
        // A defect in here must cost one response, not the process.
        this.#logger.error({ err: error, responseId: response.id }, 'the simulator failed on a response');
        const failure = { code: 'server_error', message: 'Sorry, something went wrong.' } as const;
        this.#end(response, { end: { status: 'failed', error: failure }, output: [], usage: null });
      }
    });
  }
}
