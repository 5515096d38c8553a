import type OpenAI from 'openai';
import type { MessageObject, RunStepObject } from '../assistants/objects.ts';
import { chunksOf } from './chunks.ts';

/** An event about a step or a message of a streamed run. */
export type StepEvent = OpenAI.Beta.RunStepStreamEvent | OpenAI.Beta.MessageStreamEvent;

/** A step begins: there is a step, and nothing in it yet. */
export function stepBegins(step: RunStepObject): StepEvent[] {
  const begun: RunStepObject = {
    ...step,
    status: 'in_progress',
    completed_at: null,
    usage: null,
    step_details:
      step.step_details.type === 'tool_calls' ? { type: 'tool_calls', tool_calls: [] } : step.step_details,
  };
  return [
    { event: 'thread.run.step.created', data: begun },
    { event: 'thread.run.step.in_progress', data: begun },
  ];
}

/** The calls of a step, one after another, each with its arguments piece by piece. */
export function callsTold({ id, step_details: details }: RunStepObject): StepEvent[] {
  if (details.type !== 'tool_calls') return [];
  return details.tool_calls.flatMap((call, index): StepEvent[] => {
    if (call.type !== 'function') return [];
    const { name, arguments: text } = call.function;
    const pieces = [
      { index, type: 'function' as const, id: call.id, function: { name, arguments: '', output: null } },
      ...chunksOf(text).map((piece) => ({
        index,
        type: 'function' as const,
        function: { arguments: piece },
      })),
    ];
    return pieces.map((piece) => ({
      event: 'thread.run.step.delta',
      data: {
        id,
        object: 'thread.run.step.delta',
        delta: { step_details: { type: 'tool_calls', tool_calls: [piece] } },
      },
    }));
  });
}

/** A message from its first to its last piece. */
export function messageTold(message: MessageObject): StepEvent[] {
  const begun: MessageObject = {
    ...message,
    status: 'in_progress',
    content: [],
    completed_at: null,
    incomplete_at: null,
    incomplete_details: null,
  };
  const text = message.content.map((part) => (part.type === 'text' ? part.text.value : '')).join('');
  return [
    { event: 'thread.message.created', data: begun },
    { event: 'thread.message.in_progress', data: begun },
    ...chunksOf(text).map((value, piece): StepEvent => {
      const content = piece === 0 ? { value, annotations: [] } : { value };
      return {
        event: 'thread.message.delta',
        data: {
          id: message.id,
          object: 'thread.message.delta',
          delta: { content: [{ index: 0, type: 'text', text: content }] },
        },
      };
    }),
    message.status === 'incomplete'
      ? { event: 'thread.message.incomplete', data: message }
      : { event: 'thread.message.completed', data: message },
  ];
}

/** A step has ended. */
export function stepEnds(step: RunStepObject): StepEvent[] {
  if (step.status === 'in_progress') return [];
  return [{ event: `thread.run.step.${step.status}`, data: step }];
}
