import { isGrpcServiceError, NamespaceNotFoundError, ServiceError } from '@temporalio/client';
import { CommanderError } from 'commander';
import { PayloadDecryptionError } from '../../codec/errors.ts';
import { ConfigurationError } from '../../config/environment.ts';
import { StartupError } from '../../config/process.ts';
import { InvalidRunError, NotARunError, RunNotFoundError } from '../errors.ts';
import { exitCodes, type ExitCode } from '../exitCodes.ts';

/** The arguments do not make sense together, or what they point to cannot be read. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Ctrl-C while a command waited. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

export interface DescribedError {
  /** What `--json` calls it. */
  readonly code: string;
  readonly message: string;
  readonly exitCode: ExitCode;
}

/** What a user is told of an error that stopped a command. Only what nobody expected comes with a stack trace. */
export function describeError(error: unknown): DescribedError {
  if (error instanceof InterruptedError)
    return { code: 'interrupted', message: error.message, exitCode: exitCodes.interrupted };
  if (error instanceof CommanderError) return failed('usage', error.message.replace(/^error: /, ''));
  if (error instanceof UsageError) return failed('usage', error.message);
  if (error instanceof InvalidRunError) return failed('invalid_input', error.message);
  if (error instanceof ConfigurationError) return failed('configuration', error.message);
  if (error instanceof PayloadDecryptionError) return failed('payload_encrypted', error.message);
  if (error instanceof StartupError) return failed('temporal_unreachable', error.message);
  if (error instanceof RunNotFoundError) return failed('run_not_found', error.message);
  if (error instanceof NotARunError) return failed('not_a_run', error.message);
  if (error instanceof NamespaceNotFoundError)
    return failed(
      'configuration',
      `Temporal has no namespace '${error.namespace}'. Create it, or name another with TEMPORAL_NAMESPACE.`,
    );
  if (error instanceof ServiceError) return failed('temporal', describeServiceError(error));
  return failed('unexpected', error instanceof Error ? (error.stack ?? error.message) : String(error));
}

function failed(code: string, message: string): DescribedError {
  return { code, message, exitCode: exitCodes.failed };
}

function describeServiceError({ message, cause }: ServiceError): string {
  const reason = isGrpcServiceError(cause) ? cause.details || cause.message : cause?.message;
  return `Temporal did not do what was asked. ${message}${reason === undefined ? '' : `: ${reason}`}`;
}
