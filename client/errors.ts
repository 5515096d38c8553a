import type { RunResult, RunStatus } from '../core/result.ts';

/** The run's input, or its id, cannot be used: nothing was sent to Temporal. The message lists every problem. */
export class InvalidRunError extends Error {
  override readonly name = 'InvalidRunError';
}

/** Temporal knows no run with this id: it never was, or its retention is over. */
export class RunNotFoundError extends Error {
  override readonly name = 'RunNotFoundError';
  readonly id: string;

  constructor(id: string) {
    super(
      `There is no run with the id '${id}' in this namespace. Check the id, and which Temporal server and namespace you ask ` +
        `(TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE); ended runs are forgotten when the namespace's retention is over.`,
    );
    this.id = id;
  }
}

/** The id belongs to a workflow that is not one of this project's runs. */
export class NotARunError extends Error {
  override readonly name = 'NotARunError';
  readonly id: string;

  constructor(id: string, found: string) {
    super(`'${id}' is the id of a workflow that is not a run: ${found}. Choose another id.`);
    this.id = id;
  }
}

/**
 * How a run ended that did not complete. Besides a run's own statuses: `terminated` in Temporal, past all its own endings, and
 * `unknown` for a failure that is none of ours.
 */
export type NotCompletedStatus = Exclude<RunStatus, 'completed'> | 'terminated' | 'unknown';

export interface NotCompleted {
  readonly id: string;
  readonly status: NotCompletedStatus;
  /** The failure's type, such as `run.expired` (see `docs/errors.md`); null when Temporal ended the run. */
  readonly type: string | null;
  readonly reason: string;
  readonly result: RunResult | null;
}

/** The run has ended in anything but `completed`. */
export class RunNotCompletedError extends Error implements NotCompleted {
  override readonly name = 'RunNotCompletedError';
  readonly id: string;
  readonly status: NotCompletedStatus;
  readonly type: string | null;
  readonly reason: string;
  /**
   * What the run came to, and what it took. null where nobody knows: the run was refused for its input, or terminated, or it was
   * cancelled and no worker answered to say what it had spent.
   */
  readonly result: RunResult | null;

  constructor({ id, status, type, reason, result }: NotCompleted, options?: ErrorOptions) {
    super(`The run '${id}' ended ${status}: ${reason}`, options);
    this.id = id;
    this.status = status;
    this.type = type;
    this.reason = reason;
    this.result = result;
  }
}
