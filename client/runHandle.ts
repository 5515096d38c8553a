import { WorkflowFailedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { explainEncrypted, PayloadDecryptionError } from '../codec/errors.ts';
import type { RunResult } from '../core/result.ts';
import type { WakeUp } from '../core/wakeUp.ts';
import { openaiRunType, runReportQuery, wakeUpSignal } from '../workflows/messages.ts';
import { NotARunError, RunNotCompletedError, RunNotFoundError, type NotCompleted } from './errors.ts';
import { readEnd } from './readEnd.ts';
import { outlineOf, reportOf, type KnownRun } from './report.ts';
import { runReportSchema, runResultSchema } from './schemas.ts';

/** One run, by its id. Making a handle asks nothing of Temporal: an id that does not exist shows at the first call. */
export class RunHandle {
  readonly id: string;
  readonly #client: Client;
  readonly #reportTimeoutMs: number;

  constructor(client: Client, id: string, reportTimeoutMs: number) {
    this.#client = client;
    this.id = id;
    this.#reportTimeoutMs = reportTimeoutMs;
  }

  /**
   * Waits for the run's end, however long it takes, and needs no worker to be up for it.
   *
   * @returns the result of a run that completed
   * @throws {RunNotCompletedError} when it ended in any other way
   * @throws {RunNotFoundError} when there is no run with this id
   * @throws {PayloadDecryptionError} when it is encrypted, and the client has not the key
   * @throws the signal's reason, when it is aborted: that ends the waiting, and not the run
   */
  async result({ signal }: { readonly signal?: AbortSignal } = {}): Promise<RunResult> {
    const end = await this.#readEnd(signal);
    if (end.kind === 'completed') return end.result;
    const { error, ...notCompleted } = end;
    const result = end.status === 'cancelled' ? (end.result ?? (await this.#askWhatWasSpent())) : end.result;
    throw new RunNotCompletedError({ ...notCompleted, result }, { cause: error });
  }

  /**
   * What the run is doing, and what it took so far. The run itself answers, through a worker; when none does within the client's
   * `reportTimeoutMs`, the answer is what the history or Temporal's own records say.
   *
   * @throws {RunNotFoundError} when there is no run with this id
   * @throws {NotARunError} when the id is that of another workflow
   * @throws {PayloadDecryptionError} when its answer is encrypted, and the client has not the key
   */
  async report(): Promise<KnownRun> {
    try {
      return { ...(await this.#query()), knownFrom: 'worker' };
    } catch (caught) {
      const error = explainEncrypted(caught);
      if (error instanceof WorkflowNotFoundError) throw new RunNotFoundError(this.id);
      if (error instanceof PayloadDecryptionError) throw error;
    }
    return this.#reportWithoutWorker();
  }

  /**
   * Asks the run to cancel: the provider's run is cancelled, and the run ends `cancelled`. Does not wait for that.
   *
   * @returns `already_ended` when there was nothing to cancel any more
   * @throws {RunNotFoundError} when there is no run with this id
   */
  async cancel(): Promise<'requested' | 'already_ended'> {
    // What Temporal answers to a second cancel depends on how the run ended: so it is asked first.
    if (outlineOf(await this.#describe()).status !== 'running') return 'already_ended';
    try {
      await this.#workflow.cancel();
      return 'requested';
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return 'already_ended';
      throw error;
    }
  }

  /**
   * Delivers a verified webhook event. Delivering one twice is harmless.
   *
   * @returns `not_running` when nobody is left to tell: the run has ended, or never was
   */
  async wakeUp(wakeUp: WakeUp): Promise<'accepted' | 'not_running'> {
    try {
      await this.#workflow.signal(wakeUpSignal, wakeUp);
      return 'accepted';
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return 'not_running';
      throw error;
    }
  }

  get #workflow() {
    return this.#client.workflow.getHandle(this.id);
  }

  /** How the run ended, from its history. Waits for the end. */
  async #readEnd(
    signal: AbortSignal = new AbortController().signal,
  ): Promise<
    | { readonly kind: 'completed'; readonly result: RunResult }
    | (NotCompleted & { readonly kind: 'not_completed'; readonly error: WorkflowFailedError })
  > {
    let value: unknown;
    try {
      signal.throwIfAborted();
      value = await this.#client.withAbortSignal(signal, () => this.#workflow.result());
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof WorkflowNotFoundError) throw new RunNotFoundError(this.id);
      if (!(error instanceof WorkflowFailedError)) throw explainEncrypted(error);
      return { kind: 'not_completed', ...readEnd(this.id, error), error };
    }
    const parsed = runResultSchema.safeParse(value);
    if (!parsed.success) throw new NotARunError(this.id, 'what it returned is not the result of a run');
    return { kind: 'completed', result: parsed.data };
  }

  async #query() {
    const deadline = Date.now() + this.#reportTimeoutMs;
    return runReportSchema.parse(
      await this.#client.withDeadline(deadline, () => this.#workflow.query(runReportQuery)),
    );
  }

  async #reportWithoutWorker(): Promise<KnownRun> {
    const outline = outlineOf(await this.#describe());
    if (outline.status === 'running' || outline.status === 'cancelled' || outline.status === 'terminated')
      return { ...outline, knownFrom: 'temporal' };
    const { result } = await this.#readEnd();
    return result === null
      ? { ...outline, knownFrom: 'temporal' }
      : { ...reportOf(result), knownFrom: 'history' };
  }

  async #describe() {
    let description;
    try {
      description = await this.#workflow.describe();
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) throw new RunNotFoundError(this.id);
      throw error;
    }
    if (description.type !== openaiRunType)
      throw new NotARunError(this.id, `its type is ${description.type}, not ${openaiRunType}`);
    return description;
  }

  /** A cancelled workflow fails without details: what it took, only the run itself can tell. */
  async #askWhatWasSpent(): Promise<RunResult | null> {
    const report = await this.report();
    const { endedAtMs } = report.timings;
    if (report.knownFrom === 'temporal' || endedAtMs === null) return null;
    const { knownFrom: _knownFrom, doing: _doing, current: _current, ...facts } = report;
    return { ...facts, status: 'cancelled', timings: { ...report.timings, endedAtMs } };
  }
}
