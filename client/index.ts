/**
 * Starts durable runs and follows them, through a Temporal client.
 *
 * @module
 */
export { RunsClient, StartedRun, type RunsClientOptions, type StartOptions } from './runsClient.ts';
export { RunHandle } from './runHandle.ts';
export {
  InvalidRunError,
  NotARunError,
  RunNotCompletedError,
  RunNotFoundError,
  type NotCompletedStatus,
} from './errors.ts';
export { PayloadDecryptionError } from '../codec/errors.ts';
export type { KnownRun, RunOutline } from './report.ts';
export type { ListableStatus, ListOptions } from './listQuery.ts';
export type { RunInput } from '../core/input.ts';
export type { PolicyInput } from '../core/policy.ts';
export type { RunReport } from '../core/report.ts';
export type { AttemptOutcome, AttemptRecord, RunError, RunResult, RunStatus } from '../core/result.ts';
export type { WakeUp } from '../core/wakeUp.ts';
export { failureTypes, type FailureType } from '../core/failures.ts';
