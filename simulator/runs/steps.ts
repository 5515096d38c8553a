import type { ToolCall } from '../assistants/objects.ts';
import type { RunRecord, TerminalState } from './record.ts';
import type { StepEnd, StepRecord } from './stepRecord.ts';

/** What every new step has. */
export type NewStep = Pick<StepRecord, 'id' | 'createdAtMs' | 'spent'>;

/** The run asks for tool calls: a step that stays open until their outputs come, or the run ends. */
export function startCalls(run: RunRecord, step: NewStep, calls: readonly ToolCall[]): void {
  run.steps.push({ ...step, details: { type: 'tool_calls', calls, outputs: null }, end: null });
}

/** The outputs of the open round have come. */
export function answerCalls(run: RunRecord, outputs: readonly string[], atMs: number): void {
  replaceOpen(run, (step) => ({
    ...step,
    details: step.details.type === 'tool_calls' ? { ...step.details, outputs } : step.details,
    end: { status: 'completed', atMs },
  }));
}

/** The run wrote a message. A step knows no `incomplete`: a message that was cut off completes its step too. */
export function writeMessage(run: RunRecord, step: NewStep, messageId: string): void {
  run.steps.push({
    ...step,
    details: { type: 'message_creation', messageId },
    end: { status: 'completed', atMs: step.createdAtMs },
  });
}

/** A step that is open when its run ends shares its fate. */
export function endOpenStep(run: RunRecord, state: TerminalState): void {
  const end = { atMs: state.atMs, ...fateOf(state) };
  replaceOpen(run, (step) => ({ ...step, end }));
}

function fateOf(state: TerminalState): StepEnd {
  switch (state.status) {
    case 'expired':
      return { status: 'expired' };
    case 'failed': {
      // Steps have two of the run's three codes.
      const code = state.error.code === 'invalid_prompt' ? 'server_error' : state.error.code;
      return { status: 'failed', error: { code, message: state.error.message } };
    }
    case 'cancelled':
    // The run ended without the outputs (a cancel that lost): the calls were given up.
    case 'completed':
    case 'incomplete':
      return { status: 'cancelled' };
  }
}

function replaceOpen(run: RunRecord, change: (step: StepRecord) => StepRecord): void {
  const last = run.steps.at(-1);
  if (last?.end === null) run.steps[run.steps.length - 1] = change(last);
}
