import type { FailureType } from './failures.ts';

/** The output of a tool call that came to nothing, in words that the model can act on. */
export function formatToolError(type: FailureType, message: string): string {
  return JSON.stringify({ error: { type, message } });
}
