import { toUnixSeconds } from '../clock.ts';
import type { RunObject, ToolCall } from '../assistants/objects.ts';
import { isTerminal, shownStatus } from './record.ts';
import type { RunRecord } from './record.ts';

/** The run as the API shows it at this moment. */
export function renderRun(run: RunRecord): RunObject {
  const { state, settings } = run;
  return {
    id: run.id,
    object: 'thread.run',
    created_at: toUnixSeconds(run.createdAtMs),
    thread_id: run.threadId,
    assistant_id: settings.assistantId,
    status: shownStatus(state),
    required_action: state.status === 'requires_action' ? requiredAction(state.calls) : null,
    last_error: state.status === 'failed' ? state.error : null,
    expires_at: expiresAt(run),
    started_at: run.startedAtMs === null ? null : toUnixSeconds(run.startedAtMs),
    cancelled_at: state.status === 'cancelled' ? toUnixSeconds(state.atMs) : null,
    failed_at: state.status === 'failed' ? toUnixSeconds(state.atMs) : null,
    completed_at: state.status === 'completed' ? toUnixSeconds(state.atMs) : null,
    incomplete_details: state.status === 'incomplete' ? { reason: state.reason } : null,
    model: settings.model,
    instructions: settings.instructions,
    tools: settings.tools,
    metadata: run.metadata,
    usage: isTerminal(state) ? usage(run) : null,
    temperature: settings.temperature,
    top_p: settings.topP,
    max_prompt_tokens: settings.max_prompt_tokens,
    max_completion_tokens: settings.max_completion_tokens,
    truncation_strategy: settings.truncation_strategy,
    tool_choice: settings.tool_choice,
    parallel_tool_calls: settings.parallel_tool_calls,
    response_format: settings.response_format,
  };
}

/** The run as a read shows it: right after a submit it may still ask for what it already has. */
export function renderRunForRead(run: RunRecord): RunObject {
  const object = renderRun(run);
  if (run.staleCalls === null) return object;
  return { ...object, status: 'requires_action', required_action: requiredAction(run.staleCalls) };
}

function requiredAction(calls: ToolCall[]): NonNullable<RunObject['required_action']> {
  return { type: 'submit_tool_outputs', submit_tool_outputs: { tool_calls: calls } };
}

/**
 * Null once the run has ended in any other way than by expiring, as in the API reference's examples.
 * Rounded up, so that a run is never alive past its own `expires_at`.
 */
function expiresAt(run: RunRecord): number | null {
  if (run.state.status === 'expired')
    return Math.min(Math.ceil(run.expiresAtMs / 1000), toUnixSeconds(run.state.atMs));
  return isTerminal(run.state) ? null : Math.ceil(run.expiresAtMs / 1000);
}

function usage(run: RunRecord): NonNullable<RunObject['usage']> {
  const { prompt, completion } = run.script.usage ?? run.spent;
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}
