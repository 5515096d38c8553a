import { failureTypes, type FailureType } from './failures.ts';
import { maximumSnapshotBytes } from './fitSnapshot.ts';

/** Temporal refuses payloads of more than 2 MB, and the outputs of a round travel as one. */
export const maximumRoundBytes = 1_500_000;

/** Stands for an output that does not fit beside the others of its round. */
export function formatTooLong(bytes: number): string {
  const message =
    `The tool was executed, but its output of ${bytes} bytes is too long to be submitted: ` +
    `the outputs of one round may have ${maximumRoundBytes} bytes together.`;
  return formatToolError(failureTypes.toolFailed, message);
}

/** Stands for the output of a call whose arguments are longer than Temporal carries. */
export function formatArgumentsTooLong(bytes: number): string {
  const message =
    `The tool was not executed: its arguments of ${bytes} bytes are too long. ` +
    `All calls of one round may have ${maximumSnapshotBytes} bytes of arguments together.`;
  return formatToolError(failureTypes.toolInvalidArguments, message);
}

/** The output of a tool call that came to nothing, in words that the model can act on. */
export function formatToolError(type: FailureType, message: string): string {
  return JSON.stringify({ error: { type, message } });
}
