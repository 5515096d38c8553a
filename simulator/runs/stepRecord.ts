import type { ToolCall } from '../assistants/objects.ts';

/** How a step ended; the moment is {@link StepRecord.endedAtMs}. */
export type StepEnd =
  | { status: 'completed' | 'cancelled' | 'expired' }
  | { status: 'failed'; error: { code: 'server_error' | 'rate_limit_exceeded'; message: string } };

/** One thing a run did: a round of tool calls, or a message. */
export interface StepRecord {
  readonly id: string;
  readonly createdAtMs: number;
  /** The tokens of the turn that made it. */
  readonly spent: { prompt: number; completion: number };
  readonly details:
    | {
        type: 'tool_calls';
        calls: readonly ToolCall[];
        /** In the order of `calls`; null until they are submitted. */
        outputs: readonly string[] | null;
      }
    | { type: 'message_creation'; messageId: string };
  /** Null while it is in progress. */
  readonly end: ({ atMs: number } & StepEnd) | null;
}
