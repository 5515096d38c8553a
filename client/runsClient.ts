import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import type { RunInput } from '../core/input.ts';
import { defaultTaskQueue } from '../core/taskQueues.ts';
import { openaiRunType } from '../workflows/messages.ts';
import { NotARunError } from './errors.ts';
import { buildListQuery, type ListOptions } from './listQuery.ts';
import { outlineOf, type RunOutline } from './report.ts';
import { RunHandle } from './runHandle.ts';
import { assertRun, buildStartOptions, newRunId } from './startOptions.ts';

export interface RunsClientOptions {
  /** The task queue that the workers of runs poll; `durable-runs` by default. */
  readonly taskQueue?: string;
  /** How long `report()` waits for a worker to answer, in ms; 5,000 by default. */
  readonly reportTimeoutMs?: number;
}

export interface StartOptions {
  /** The run's id; `run-` and a UUID by default. A business id makes starting idempotent. */
  readonly id?: string;
  /** Another task queue than the client's. */
  readonly taskQueue?: string;
}

/** A run that has been asked for. `isNew` is false when the id belonged to a run already: nothing was started. */
export class StartedRun extends RunHandle {
  readonly isNew: boolean;

  constructor(client: Client, id: string, reportTimeoutMs: number, isNew: boolean) {
    super(client, id, reportTimeoutMs);
    this.isNew = isNew;
  }
}

/** Starts runs, and finds them again. Wraps a Temporal client, which stays the caller's to close. */
export class RunsClient {
  readonly #client: Client;
  readonly #taskQueue: string;
  readonly #reportTimeoutMs: number;

  constructor(client: Client, options: RunsClientOptions = {}) {
    this.#client = client;
    this.#taskQueue = options.taskQueue ?? defaultTaskQueue;
    this.#reportTimeoutMs = options.reportTimeoutMs ?? 5_000;
  }

  /**
   * Starts a run, once for an id: while a run with this id is going, and after it has ended in whatever way, the same id gives that
   * run's handle, whatever the input, and nothing is paid twice. (Temporal remembers an ended run for its namespace's
   * retention; after that the id is free again.) To repeat a run that failed, give it a new id.
   *
   * @throws {InvalidRunError} before anything is sent, when the input or the id cannot be used
   * @throws {NotARunError} when the id belongs to a workflow of another kind
   */
  async start(input: RunInput, options: StartOptions = {}): Promise<StartedRun> {
    const id = options.id ?? newRunId();
    assertRun(input, id);
    const isNew = await this.#startWorkflow(input, id, options.taskQueue ?? this.#taskQueue);
    return new StartedRun(this.#client, id, this.#reportTimeoutMs, isNew);
  }

  /** The handle of a run that was started before, here or anywhere else. */
  getHandle(id: string): RunHandle {
    return new RunHandle(this.#client, id, this.#reportTimeoutMs);
  }

  /**
   * Runs as Temporal lists them: those that are going first, then by when they ended, latest first. What has just been started
   * or ended may take a second to show.
   */
  async list(options: ListOptions = {}): Promise<RunOutline[]> {
    const limit = options.limit ?? 20;
    const runs: RunOutline[] = [];
    const query = buildListQuery(options.status);
    for await (const info of this.#client.workflow.list({ query, pageSize: Math.min(limit, 1_000) })) {
      runs.push(outlineOf(info));
      if (runs.length >= limit) break;
    }
    return runs;
  }

  /** False when the id is taken. */
  async #startWorkflow(input: RunInput, id: string, taskQueue: string): Promise<boolean> {
    try {
      await this.#client.workflow.start(openaiRunType, buildStartOptions(input, id, taskQueue));
      return true;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    const { type } = await this.#client.workflow.getHandle(id).describe();
    if (type !== openaiRunType) throw new NotARunError(id, `its type is ${type}, not ${openaiRunType}`);
    return false;
  }
}
