import * as z from 'zod';
import { callKinds, type CallCounts } from './calls.ts';
import type { ProviderRef } from './snapshot.ts';
import { getSnapshotSchemas } from './snapshotSchema.ts';

/**
 * Every failure type that this project puts into an ApplicationFailure, a result or a tool's output. They are stable: users filter and
 * branch on them. `docs/errors.md` explains each; a test holds both together.
 */
export const failureTypes = {
  // How a run ended, when not `completed`: the type of the workflow's failure; its details carry the RunResult.
  runFailed: 'run.failed',
  runIncomplete: 'run.incomplete',
  runCancelled: 'run.cancelled',
  runExpired: 'run.expired',
  runLost: 'run.lost',
  runTimedOut: 'run.timed_out',
  runQueuedTooLong: 'run.queued_too_long',
  runThreadBusy: 'run.thread_busy',
  runNotCreated: 'run.not_created',
  runInvalidInput: 'run.invalid_input',

  // What a provider call ended with: the type of an activity's failure.
  authentication: 'provider.authentication',
  permission: 'provider.permission',
  notFound: 'provider.not_found',
  invalidRequest: 'provider.invalid_request',
  threadBusy: 'provider.thread_busy',
  conflict: 'provider.conflict',
  rateLimited: 'provider.rate_limited',
  quotaExhausted: 'provider.quota_exhausted',
  overloaded: 'provider.overloaded',
  serverError: 'provider.server_error',
  unreachable: 'provider.unreachable',
  timeout: 'provider.timeout',
  connectionLost: 'provider.connection_lost',
  unexpectedReply: 'provider.unexpected_reply',
  unknownProvider: 'provider.unknown',
  unknownAccount: 'account.unknown',

  // What a tool call ended with: the `error` in the output that the model reads, and the type of the activity's failure.
  toolUnknown: 'tool.unknown',
  toolInvalidArguments: 'tool.invalid_arguments',
  toolFailed: 'tool.failed',
} as const;

export type FailureType = (typeof failureTypes)[keyof typeof failureTypes];

/**
 * The details of a failed provider call, as they travel in the activity's failure.
 *
 * `effect` says whether the call may have done its work at the provider all the same: `none` is proven (the request was
 * refused, or never left), `unknown` is everything else.
 */
export interface ProviderFailureDetails {
  readonly effect: 'none' | 'unknown';
  readonly status?: number;
  readonly code?: string;
  readonly requestId?: string;
  /** The run that holds the thread, with `provider.thread_busy`. */
  readonly blocker?: ProviderRef;
  /** Requests sent by all tries of the activity. */
  readonly calls?: CallCounts;
  /** The provider that was called, by its own name; absent when there is none of the name that was given. */
  readonly provider?: string;
}

/** Reads the details of a failure back; what is missing or odd in them is taken for the worse case. */
export function readFailureDetails(
  value: unknown,
): Pick<ProviderFailureDetails, 'effect' | 'blocker' | 'calls' | 'provider'> {
  const parsed = detailsSchema.safeParse(value);
  return parsed.success ? parsed.data : { effect: 'unknown' };
}

const detailsSchema = z.object({
  effect: z.enum(['none', 'unknown']).catch('unknown'),
  blocker: getSnapshotSchemas().refSchema.exactOptional(),
  calls: z.partialRecord(z.enum(callKinds), z.int()).exactOptional(),
  provider: z.string().exactOptional(),
});
