import {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
  NotFoundError,
} from 'openai';
import { failureTypes, type FailureType, type ProviderFailureDetails } from '../core/failures.ts';
import { isObject } from '../core/json.ts';
import { readRetryAfterMs } from './retryAfter.ts';
import { redact } from './secrets.ts';
import { ruleFor } from './statusRules.ts';

/** What is to be known of a failed provider call. */
export interface Problem {
  readonly type: FailureType;
  readonly message: string;
  readonly retry: Retry;
  readonly details: ProviderFailureDetails;
}

/** Whether, and how, the same call is worth another try. */
export type Retry =
  | { readonly kind: 'never' }
  /** With the policy's backoff, or not before the provider said. */
  | { readonly kind: 'backoff'; readonly afterMs?: number }
  /** Likely a mistake in the configuration, unless the run has reached the provider before: only so often. */
  | { readonly kind: 'few'; readonly maximumAttempts: number };

const never: Retry = { kind: 'never' };

/** Problems do not know whose account they are about: the default one's variables have no suffix. */
const checkBaseURL = "Check OPENAI_BASE_URL (with the account's suffix, if it has one)";

/** A provider's own word on what went wrong, where it knows better than the error it caught. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message);
    this.problem = problem;
  }
}

/**
 * The one place that turns whatever a provider call threw into a typed problem: what it is, whether it is retried and when,
 * and whether the call may have worked all the same. `docs/errors.md` shows the table.
 */
export function describeProblem(error: unknown, nowMs: number = Date.now()): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof APIConnectionTimeoutError || error instanceof APIUserAbortError || isAbort(error))
    return unknownEffect(failureTypes.timeout, 'The provider did not answer in time.');
  if (error instanceof APIConnectionError) return describeConnectionError(error);
  if (error instanceof APIError && typeof error.status === 'number')
    return describeStatus(error, error.status, nowMs);
  // A page, by V8's word on what it stumbled over: somebody else has answered than the API.
  const isPage = error instanceof SyntaxError && error.message.includes("'<'");
  const advice = isPage ? `. ${checkBaseURL}, and what is in between.` : '';
  return unknownEffect(
    failureTypes.unexpectedReply,
    `The provider's reply could not be read: ${redact(messageOf(error))}${advice}`,
  );
}

function unknownEffect(type: FailureType, message: string): Problem {
  return { type, message, retry: { kind: 'backoff' }, details: { effect: 'unknown' } };
}

/** Causes that prove that no request ever left: the connection was not made. */
const neverConnected = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const unreachableAttempts = 5;

function describeConnectionError(error: APIConnectionError): Problem {
  const code = findCauseCode(error);
  if (code !== undefined && neverConnected.has(code)) {
    const message = `The provider could not be reached (${code}). ${checkBaseURL}, and the network.`;
    return {
      type: failureTypes.unreachable,
      message,
      retry: { kind: 'few', maximumAttempts: unreachableAttempts },
      details: { effect: 'none' },
    };
  }
  return unknownEffect(
    failureTypes.connectionLost,
    `The connection to the provider was lost${code === undefined ? '' : ` (${code})`}.`,
  );
}

/** Node wraps network errors several times, and gathers one per address in an AggregateError. */
function findCauseCode(error: unknown): string | undefined {
  for (let cause: unknown = error, depth = 0; cause instanceof Error && depth < 8; depth += 1) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code;
    cause = cause instanceof AggregateError ? cause.errors[0] : cause.cause;
  }
  return undefined;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}

function describeStatus(error: APIError, status: number, nowMs: number): Problem {
  if (status === 404 && !isUnknownObject(error)) return describeLostWay(error);
  const rule = ruleFor(status, error.code ?? undefined, error.type);
  const asked = error.headers?.get('x-should-retry');
  const retries = asked === 'true' || (asked !== 'false' && rule.retries);
  const afterMs = readRetryAfterMs(error.headers, nowMs);
  return {
    type: rule.type,
    message: redact(error.message),
    retry: retries ? { kind: 'backoff', ...(afterMs === undefined ? {} : { afterMs }) } : never,
    details: {
      effect: rule.effect,
      status,
      ...(typeof error.code === 'string' ? { code: redact(error.code) } : {}),
      ...(typeof error.requestID === 'string' ? { requestId: redact(error.requestID) } : {}),
    },
  };
}

/**
 * The API's own word that it does not know what it was asked for. A 404 without an error as JSON is somebody else's, such as a proxy's
 * that has lost its way, and must not pass for the end of a run.
 */
export function isUnknownObject(error: unknown): boolean {
  return error instanceof NotFoundError && error.error !== undefined;
}

function describeLostWay(error: APIError): Problem {
  return {
    type: failureTypes.unexpectedReply,
    message: redact(
      `A 404 that is not the API's own: ${error.message}. ${checkBaseURL}, and what is in between.`,
    ),
    retry: { kind: 'few', maximumAttempts: unreachableAttempts },
    details: { effect: 'none', status: 404 },
  };
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  return isObject(error) || typeof error !== 'string' ? 'unknown error' : error;
}

/** A reply with HTTP 2xx that is not what the API promises. Whatever was asked for has probably been done. */
export function unexpectedReply(what: string, found: string): ProblemError {
  return new ProblemError(
    unknownEffect(
      failureTypes.unexpectedReply,
      `Expected ${what} from the provider, got ${redact(found).slice(0, 300)}.`,
    ),
  );
}

/** A request that no retry can mend, found out before it was sent. */
export function invalidRequest(message: string): ProblemError {
  return new ProblemError({
    type: failureTypes.invalidRequest,
    message,
    retry: never,
    details: { effect: 'none' },
  });
}
