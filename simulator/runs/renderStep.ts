import { toUnixSeconds } from '../clock.ts';
import type { RunStepObject } from '../assistants/objects.ts';
import type { RunRecord } from './record.ts';
import type { StepEnd, StepRecord } from './stepRecord.ts';

/** A step as the API shows it at this moment. */
export function renderStep(run: RunRecord, step: StepRecord): RunStepObject {
  const { end } = step;
  const endedAt = (status: StepEnd['status']): number | null =>
    end?.status === status ? toUnixSeconds(end.atMs) : null;
  return {
    id: step.id,
    object: 'thread.run.step',
    created_at: toUnixSeconds(step.createdAtMs),
    run_id: run.id,
    assistant_id: run.settings.assistantId,
    thread_id: run.threadId,
    type: step.details.type,
    status: end?.status ?? 'in_progress',
    cancelled_at: endedAt('cancelled'),
    completed_at: endedAt('completed'),
    expired_at: endedAt('expired'),
    failed_at: endedAt('failed'),
    last_error: end?.status === 'failed' ? end.error : null,
    step_details: renderDetails(step.details),
    usage: end === null ? null : usage(step.spent),
    metadata: null,
  };
}

function renderDetails(details: StepRecord['details']): RunStepObject['step_details'] {
  switch (details.type) {
    case 'message_creation':
      return { type: 'message_creation', message_creation: { message_id: details.messageId } };
    case 'tool_calls':
      return {
        type: 'tool_calls',
        tool_calls: details.calls.map((call, index) => ({
          id: call.id,
          type: 'function',
          function: { ...call.function, output: details.outputs?.[index] ?? null },
        })),
      };
  }
}

function usage({ prompt, completion }: StepRecord['spent']): NonNullable<RunStepObject['usage']> {
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}
