import type { Clock } from '../clock.ts';
import type { IdFactory } from '../ids.ts';
import type { Logger } from '../logger.ts';
import { badRequest, notFound } from '../errors.ts';
import type { Metadata, RunObject } from '../assistants/objects.ts';
import type { Store } from '../store.ts';
import { isTerminal, shownStatus } from './record.ts';
import type { RunRecord, RunSettings, RunState, TerminalState } from './record.ts';
import { renderRun } from './render.ts';
import type { Script } from '../script/format.ts';
import { answerCalls, endOpenStep, startCalls, writeMessage } from './steps.ts';
import { outputsInCallOrder } from './submit.ts';
import type { ToolOutput } from './submit.ts';
import { takeTurn } from './turn.ts';
import type { Turn } from './turn.ts';

/** How long the phases of a run last unless its script says otherwise; simulated milliseconds. */
export interface LifecycleDefaults {
  queueMs: number;
  workMs: number;
  cancelMs: number;
  expiresAfterMs: number;
}

/** A status change, and the run as it was at that moment. `from` is null at the run's creation. */
export interface RunChange {
  from: string | null;
  run: RunObject;
  metadata: Metadata;
}

/** What a new run is made of. */
export interface NewRun {
  threadId: string;
  settings: RunSettings;
  metadata: Metadata;
  script: Script;
}

/** Owns the runs and moves them through their lifecycle. */
export class RunEngine {
  readonly #clock: Clock;
  readonly #nextId: IdFactory;
  readonly #store: Store;
  readonly #defaults: LifecycleDefaults;
  readonly #logger: Logger;
  readonly #onChange: (change: RunChange) => void;
  readonly #runs = new Map<string, RunRecord>();
  /** Oldest first. */
  readonly #runsByThread = new Map<string, RunRecord[]>();

  constructor(deps: {
    clock: Clock;
    nextId: IdFactory;
    store: Store;
    defaults: LifecycleDefaults;
    logger: Logger;
    onChange: (change: RunChange) => void;
  }) {
    this.#clock = deps.clock;
    this.#nextId = deps.nextId;
    this.#store = deps.store;
    this.#defaults = deps.defaults;
    this.#logger = deps.logger;
    this.#onChange = deps.onChange;
  }

  /** Creates a run and sets it going. The caller has made sure that the thread has no active one. */
  create(fields: NewRun): RunRecord {
    const now = this.#clock.now();
    const run: RunRecord = {
      id: this.#nextId('run'),
      threadId: fields.threadId,
      createdAtMs: now,
      expiresAtMs: expiryMs(now, fields.script.expiresAfterMs ?? this.#defaults.expiresAfterMs),
      settings: fields.settings,
      script: fields.script,
      metadata: fields.metadata,
      state: { status: 'queued' },
      startedAtMs: null,
      rounds: [],
      steps: [],
      spent: { prompt: 0, completion: 0 },
      staleCalls: null,
      step: null,
      expiry: null,
    };
    this.#runs.set(run.id, run);
    this.#runsByThread.set(run.threadId, [...this.runsOf(run.threadId), run]);
    if (!run.script.silentExpiry) {
      run.expiry = this.#clock.after(run.expiresAtMs - now, () => this.#enter(run, this.#ended('expired')));
    }
    this.#onChange({ from: null, run: renderRun(run), metadata: run.metadata });
    this.#queue(run);
    return run;
  }

  /** @throws ApiError 404 unless the thread has that run. */
  run(threadId: string, id: string): RunRecord {
    const run = this.#runs.get(id);
    if (run?.threadId !== threadId) throw notFound('run', id);
    return run;
  }

  findRun(id: string): RunRecord | undefined {
    return this.#runs.get(id);
  }

  /** All runs, oldest first. */
  runs(): RunRecord[] {
    return [...this.#runs.values()];
  }

  /** The runs of one thread, oldest first. */
  runsOf(threadId: string): readonly RunRecord[] {
    return this.#runsByThread.get(threadId) ?? [];
  }

  /** The run that locks the thread, if any. */
  activeRun(threadId: string): RunRecord | undefined {
    return this.runsOf(threadId).findLast((run) => !isTerminal(run.state));
  }

  updateMetadata(run: RunRecord, metadata: Metadata): void {
    run.metadata = metadata;
  }

  /**
   * Takes the outputs of a whole round; the run goes back to `queued`, as the lifecycle documentation has it.
   * @throws ApiError 400 when the run does not wait for outputs, or not for these.
   */
  submit(run: RunRecord, outputs: readonly ToolOutput[]): void {
    if (run.state.status !== 'requires_action') {
      throw badRequest(`Runs in status "${shownStatus(run.state)}" do not accept tool outputs.`);
    }
    const { calls } = run.state;
    const ordered = outputsInCallOrder(calls, outputs);
    run.rounds.push({ calls, outputs: ordered });
    answerCalls(run, ordered, this.#clock.now());
    this.#enter(run, { status: 'queued' });
    const { staleAfterSubmitMs } = run.script;
    if (staleAfterSubmitMs === undefined) return this.#queue(run);
    run.staleCalls = calls;
    this.#schedule(run, staleAfterSubmitMs, () => {
      run.staleCalls = null;
      this.#queue(run);
    });
  }

  /** @throws ApiError 400 when the run has ended or is already being cancelled. */
  cancel(run: RunRecord): void {
    if (isTerminal(run.state) || run.state.status === 'cancelling') {
      throw badRequest(`Cannot cancel run with status '${shownStatus(run.state)}'.`);
    }
    this.#enter(run, { status: 'cancelling' });
    if (run.script.stuck === 'cancelling') return;
    this.#schedule(run, run.script.cancelMs ?? this.#defaults.cancelMs, () => {
      if (run.script.cancelTo === undefined) return this.#enter(run, this.#ended('cancelled'));
      this.#finish(run, { ...run.script, rounds: [], end: run.script.cancelTo });
    });
  }

  /** Forgets a run that has ended. */
  forget(id: string): void {
    const run = this.#runs.get(id);
    if (run === undefined || !isTerminal(run.state)) return;
    this.#runs.delete(id);
    const others = this.runsOf(run.threadId).filter((other) => other !== run);
    if (others.length > 0) this.#runsByThread.set(run.threadId, others);
    else this.#runsByThread.delete(run.threadId);
  }

  /** The run never leaves this status by itself: as its script's `stuck`, decided later. */
  stick(id: string, status: NonNullable<Script['stuck']>): void {
    const run = this.#runs.get(id);
    if (run === undefined || isTerminal(run.state)) return;
    run.script = { ...run.script, stuck: status };
    if (run.state.status === status) run.step?.cancel();
  }

  /** Forgets all runs; nothing more happens to them. */
  reset(): void {
    for (const run of this.#runs.values()) {
      run.step?.cancel();
      run.expiry?.cancel();
    }
    this.#runs.clear();
    this.#runsByThread.clear();
  }

  #queue(run: RunRecord): void {
    if (run.state.status === 'queued' && run.script.stuck === 'queued') return;
    this.#schedule(run, run.script.queueMs ?? this.#defaults.queueMs, () => this.#start(run));
  }

  #start(run: RunRecord): void {
    const first = run.startedAtMs === null;
    run.startedAtMs ??= this.#clock.now();
    const { status, unknownMs } = run.script;
    if (!first || status === undefined) return this.#work(run);
    this.#enter(run, { status: 'unknown', shown: status });
    if (unknownMs !== undefined) this.#schedule(run, unknownMs, () => this.#work(run));
  }

  #work(run: RunRecord): void {
    this.#enter(run, { status: 'in_progress' });
    if (run.script.stuck === 'in_progress') return;
    this.#schedule(run, run.script.workMs ?? this.#defaults.workMs, () => this.#finish(run, run.script));
  }

  /** Ends a stretch of work: with tool calls, or for good. */
  #finish(run: RunRecord, script: Script): void {
    const turn = takeTurn(run, script, this.#store);
    run.spent.prompt += turn.spent.prompt;
    run.spent.completion += turn.spent.completion;
    switch (turn.kind) {
      case 'calls': {
        const calls = turn.calls.map((call) => ({
          id: this.#nextId('call'),
          type: 'function' as const,
          function: call,
        }));
        startCalls(
          run,
          { id: this.#nextId('step'), createdAtMs: this.#clock.now(), spent: turn.spent },
          calls,
        );
        return this.#enter(run, { status: 'requires_action', calls });
      }
      case 'completed':
        this.#deliver(run, turn);
        return this.#enter(run, this.#ended('completed'));
      case 'incomplete':
        this.#deliver(run, turn);
        return this.#enter(run, { status: 'incomplete', atMs: this.#clock.now(), reason: turn.reason });
      case 'failed':
        return this.#enter(run, { status: 'failed', atMs: this.#clock.now(), error: turn.error });
      case 'expired':
      case 'cancelled':
        return this.#enter(run, this.#ended(turn.kind));
    }
  }

  #deliver(run: RunRecord, turn: Extract<Turn, { deliver: () => string | null }>): void {
    const messageId = turn.deliver();
    if (messageId === null) return;
    writeMessage(
      run,
      { id: this.#nextId('step'), createdAtMs: this.#clock.now(), spent: turn.spent },
      messageId,
    );
  }

  #ended(status: 'completed' | 'expired' | 'cancelled'): TerminalState {
    return { status, atMs: this.#clock.now() };
  }

  #schedule(run: RunRecord, delayMs: number, action: () => void): void {
    run.step?.cancel();
    run.step = this.#clock.after(delayMs, () => {
      try {
        action();
      } catch (error) {
        // A defect in here must cost one run, not the process.
        this.#logger.error({ err: error, runId: run.id }, 'the simulator failed on a run');
        const failure = { code: 'server_error', message: 'Sorry, something went wrong.' } as const;
        this.#enter(run, { status: 'failed', atMs: this.#clock.now(), error: failure });
      }
    });
  }

  #enter(run: RunRecord, state: RunState): void {
    const from = shownStatus(run.state);
    run.step?.cancel();
    run.step = null;
    run.staleCalls = null;
    run.state = state;
    if (isTerminal(state)) {
      run.expiry?.cancel();
      endOpenStep(run, state);
    }
    this.#onChange({ from, run: renderRun(run), metadata: run.metadata });
  }
}

/**
 * `expires_at` has whole seconds and is `created_at` + 600 by default, so long expiries are counted from the second
 * that `created_at` shows; short ones, which only tests use, to the millisecond.
 */
function expiryMs(createdAtMs: number, expiresAfterMs: number): number {
  const from = expiresAfterMs >= 60_000 ? Math.floor(createdAtMs / 1000) * 1000 : createdAtMs;
  return from + expiresAfterMs;
}
