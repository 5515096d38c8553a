import type OpenAI from 'openai';
import type { Timer } from '../clock.ts';
import type { AssistantTool, Metadata, RunError, ToolCall } from '../assistants/objects.ts';
import type { Script } from '../script/format.ts';
import type { StepRecord } from './stepRecord.ts';

/** Where a run stands; a status carries what only it has. */
export type RunState =
  | { status: 'queued' }
  | { status: 'in_progress' }
  /** A scripted status that is not in the API's list. */
  | { status: 'unknown'; shown: string }
  | { status: 'requires_action'; calls: ToolCall[] }
  | { status: 'cancelling' }
  | TerminalState;

export type TerminalState =
  | { status: 'completed'; atMs: number }
  | { status: 'failed'; atMs: number; error: RunError }
  | { status: 'incomplete'; atMs: number; reason: 'max_completion_tokens' | 'max_prompt_tokens' }
  | { status: 'expired'; atMs: number }
  | { status: 'cancelled'; atMs: number };

/** What a run was created with; never changes. */
export interface RunSettings extends Pick<
  OpenAI.Beta.Threads.Run,
  | 'model'
  | 'instructions'
  | 'max_prompt_tokens'
  | 'max_completion_tokens'
  | 'truncation_strategy'
  | 'tool_choice'
  | 'parallel_tool_calls'
  | 'response_format'
> {
  assistantId: string;
  tools: AssistantTool[];
  temperature: number | null;
  topP: number | null;
}

/** One finished tool round. */
export interface FinishedRound {
  calls: ToolCall[];
  /** In the order of `calls`. */
  outputs: string[];
}

/** A run as the engine keeps it; only the engine changes it. */
export interface RunRecord {
  readonly id: string;
  readonly threadId: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly settings: RunSettings;
  /** Replaced only by a fault. */
  script: Script;
  metadata: Metadata;
  state: RunState;
  startedAtMs: number | null;
  rounds: FinishedRound[];
  /** What it has done so far, oldest first. */
  steps: StepRecord[];
  spent: { prompt: number; completion: number };
  /** The calls that reads still show after their outputs were submitted. */
  staleCalls: ToolCall[] | null;
  /** The next step of the lifecycle. */
  step: Timer | null;
  expiry: Timer | null;
}

/** Whether the run has ended: nothing can change it any more. */
export function isTerminal(state: RunState): state is TerminalState {
  switch (state.status) {
    case 'completed':
    case 'failed':
    case 'incomplete':
    case 'expired':
    case 'cancelled':
      return true;
    case 'queued':
    case 'in_progress':
    case 'unknown':
    case 'requires_action':
    case 'cancelling':
      return false;
  }
}

/** The status as the API shows it. */
export function shownStatus(state: RunState): string {
  return state.status === 'unknown' ? state.shown : state.status;
}
