import { ActivityFailure, ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';
import type { ToolSettings } from '../core/activities.ts';
import { failureTypes } from '../core/failures.ts';
import { fitOutputs } from '../core/fitOutputs.ts';
import { maximumToolCalls } from '../core/fitSnapshot.ts';
import type { Snapshot, ToolCall, ToolOutput } from '../core/snapshot.ts';
import { continueAttempt } from '../core/attempt.ts';
import type { RunError } from '../core/result.ts';
import { formatArgumentsTooLong, formatToolError } from '../core/toolError.ts';
import type { AttemptEnd } from '../core/verdict.ts';
import { registryActivities, toolActivity } from './activityOptions.ts';
import { callProvider } from './callProvider.ts';
import { throwIfCancelled, type DurableRun } from './durableRun.ts';
import { endAttempt, giveUpAttempt } from './endAttempt.ts';
import { sendOnce } from './sendOnce.ts';

export type Answered =
  | { readonly kind: 'submitted'; readonly snapshot: Snapshot }
  | { readonly kind: 'refused'; readonly end: AttemptEnd };

/** One round of tool calls: executes them side by side, and submits all outputs together, once. */
export async function answerToolCalls(run: DurableRun, asked: readonly ToolCall[]): Promise<Answered> {
  if (asked.length > maximumToolCalls) {
    const message = `The model called more than ${maximumToolCalls} tools at once.`;
    return refuse(run, { code: 'too_many_tool_calls', message });
  }
  const calls = asked.filter((call) => !run.current.answeredCallIds.includes(call.callId));
  run.progress.toolRounds += 1;
  run.note(`executing ${calls.map((call) => call.name).join(', ')}`);
  run.publish('requires_action');

  const settings = await registryActivities.describeTools([...new Set(calls.map((call) => call.name))]);
  const outputs = fitOutputs(
    await Promise.all(calls.map((call) => answerToolCall(run, call, settings[call.name] ?? null))),
  );

  return submit(run, outputs);
}

/** A submit may make something new that somebody pays for: past the deadline there is no use in that. */
async function submit(run: DurableRun, outputs: readonly ToolOutput[]): Promise<Answered> {
  const { current: attempt, tag } = run;
  const { ref } = attempt;
  const callIds = outputs.map(({ callId }) => callId);
  const summary = `submit ${outputs.length} tool ${outputs.length === 1 ? 'output' : 'outputs'}, round ${run.progress.toolRounds}`;
  for (;;) {
    throwIfCancelled();
    if (run.leftMs <= 0) return refuse(run, 'total_deadline');
    run.note(summary);
    const sent = await sendOnce(run, { tag, submittedTo: ref, callIds }, () =>
      callProvider(run, { summary, repeatable: 'never', counts: 'submitToolOutputs' }, (activities) =>
        activities.submitToolOutputs({ ...run.asked, tag, ref, outputs }),
      ),
    );
    switch (sent.kind) {
      case 'replied':
        return goOn(run, callIds, sent.reply.snapshot);
      case 'found':
        attempt.adopted = true;
        return goOn(run, callIds, sent.snapshot);
      case 'given_up':
        return refuse(run, run.leftMs <= 0 ? 'total_deadline' : sent.error);
      case 'refused': {
        const { type: code, message, isOutOfTime } = sent.problem;
        if (isOutOfTime) return refuse(run, 'total_deadline');
        if (code !== failureTypes.notFound) return refuse(run, { code, message });
        return { kind: 'refused', end: endAttempt(run, { ref, status: 'lost', message }) };
      }
      case 'send_again':
        break;
    }
  }
}

function goOn(run: DurableRun, callIds: readonly string[], snapshot: Snapshot): Answered {
  continueAttempt(run.progress, run.current, callIds, snapshot, Date.now());
  return { kind: 'submitted', snapshot };
}

async function refuse(run: DurableRun, reason: 'total_deadline' | RunError): Promise<Answered> {
  throwIfCancelled();
  return { kind: 'refused', end: await giveUpAttempt(run, reason) };
}

/** Answers one call, by whatever is right: an output that is known already, an execution, or words for the model. */
async function answerToolCall(
  run: DurableRun,
  call: ToolCall,
  settings: ToolSettings | null,
): Promise<ToolOutput> {
  const { output, finished } = await findAnswer(run, call, settings);
  return { callId: call.callId, output, failed: !finished };
}

interface Answer {
  readonly output: string;
  /** False when the tool did not do what it was asked. */
  readonly finished: boolean;
}

async function findAnswer(run: DurableRun, call: ToolCall, settings: ToolSettings | null): Promise<Answer> {
  const { ledger, progress, current: attempt } = run;
  const { callId, omittedBytes } = call;
  // A model may ask for whatever it has heard of. A run that names no tools leaves it to the provider which are offered.
  const { tools } = run.input;
  const isOffered = tools.length === 0 || tools.includes(call.name);
  if (settings === null || !isOffered) {
    const message = `There is no tool '${call.name}'.`;
    return { output: formatToolError(failureTypes.toolUnknown, message), finished: false };
  }
  if (omittedBytes !== undefined) return { output: formatArgumentsTooLong(omittedBytes), finished: false };

  const plan = ledger.plan(call, attempt.number, settings.reuseAfterRestart, `${run.id}/${callId}`);
  if (plan.kind === 'answered') return plan;
  if (plan.kind === 'reuse') {
    progress.toolCallsReused += 1;
    return { output: plan.output, finished: true };
  }
  progress.toolCalls += 1;
  const answer = await executeTool(run, call, settings, plan.idempotencyKey);
  ledger.record(callId, attempt.number, answer.output, answer.finished);
  return answer;
}

async function executeTool(
  run: DurableRun,
  call: ToolCall,
  settings: ToolSettings,
  idempotencyKey: string,
): Promise<Answer> {
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
