import { ActivityFailure, ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';
import type { ToolSettings } from '../core/activities.ts';
import { failureTypes } from '../core/failures.ts';
import { jsonBytes } from '../core/json.ts';
import type { Snapshot, ToolCall, ToolOutput } from '../core/snapshot.ts';
import { formatToolError, formatTooLong, maximumRoundBytes } from '../core/toolError.ts';
import type { AttemptEnd } from '../core/verdict.ts';
import { registryActivities, toolActivity } from './activityOptions.ts';
import { callProvider, isProblem } from './callProvider.ts';
import type { DurableRun } from './durableRun.ts';
import { endAttempt, giveUpAttempt } from './endAttempt.ts';

export type Answered =
  | { readonly kind: 'submitted'; readonly snapshot: Snapshot }
  | { readonly kind: 'refused'; readonly end: AttemptEnd };

/** One round of tool calls: executes them side by side, and submits all outputs together, once. */
export async function answerToolCalls(run: DurableRun, calls: readonly ToolCall[]): Promise<Answered> {
  const { current: attempt, progress } = run;
  progress.toolRounds += 1;
  run.note(`executing ${calls.map((call) => call.name).join(', ')}`);
  run.publish('requires_action');

  const settings = await registryActivities.describeTools([...new Set(calls.map((call) => call.name))]);
  const outputs = fitOutputs(
    await Promise.all(calls.map((call) => answerToolCall(run, call, settings[call.name] ?? null))),
  );

  const summary = `submit ${outputs.length} tool ${outputs.length === 1 ? 'output' : 'outputs'}, round ${progress.toolRounds}`;
  run.note(summary);
  const reply = await callProvider(
    run,
    { summary, repeatable: 'write', counts: 'submitToolOutputs' },
    (activities) => activities.submitToolOutputs({ ...run.target, ref: attempt.ref, outputs }),
  );
  if (isProblem(reply)) {
    if (reply.type === failureTypes.notFound) {
      const lost = { ref: attempt.ref, status: 'lost', message: reply.message } as const;
      return { kind: 'refused', end: endAttempt(run, lost) };
    }
    const end = await giveUpAttempt(run, { code: reply.type, message: reply.message });
    return { kind: 'refused', end };
  }
  attempt.answeredCallIds.push(...outputs.map((output) => output.callId));
  attempt.checks = 0;
  return { kind: 'submitted', snapshot: reply.snapshot };
}

/** Replaces the outputs that do not fit beside the others by words for the model. */
function fitOutputs(outputs: readonly ToolOutput[]): ToolOutput[] {
  let leftBytes = maximumRoundBytes;
  return outputs.map((output) => {
    const bytes = jsonBytes(output.output);
    if (bytes <= leftBytes) {
      leftBytes -= bytes;
      return output;
    }
    return { callId: output.callId, output: formatTooLong(bytes) };
  });
}

/** Answers one call, by whatever is right: an output that is known already, an execution, or words for the model. */
async function answerToolCall(
  run: DurableRun,
  call: ToolCall,
  settings: ToolSettings | null,
): Promise<ToolOutput> {
  const { ledger, progress, current: attempt } = run;
  const { callId } = call;
  if (settings === null) {
    return { callId, output: formatToolError(failureTypes.toolUnknown, `There is no tool '${call.name}'.`) };
  }

  const plan = ledger.plan(call, attempt.number, settings.reuseAfterRestart, `${run.id}/${callId}`);
  if (plan.kind === 'answered') return { callId, output: plan.output };
  if (plan.kind === 'reuse') {
    progress.toolCallsReused += 1;
    return { callId, output: plan.output };
  }
  progress.toolCalls += 1;
  const { output, finished } = await executeTool(run, call, settings, plan.idempotencyKey);
  ledger.record(callId, attempt.number, output, finished);
  return { callId, output };
}

async function executeTool(
  run: DurableRun,
  call: ToolCall,
  settings: ToolSettings,
  idempotencyKey: string,
): Promise<{ output: string; finished: boolean }> {
  const execute = toolActivity(call.name, settings, run.leftMs, call.arguments);
  try {
    const reply = await execute({ callId: call.callId, idempotencyKey, arguments: call.arguments });
    return { output: reply.output, finished: reply.executed };
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    return { output: formatToolError(failureTypes.toolFailed, describeCause(error)), finished: false };
  }
}

function describeCause(error: ActivityFailure): string {
  const { cause } = error;
  if (cause instanceof TimeoutFailure) return 'The tool did not answer in time.';
  if (cause instanceof ApplicationFailure) return cause.message;
  return 'The tool failed.';
}
