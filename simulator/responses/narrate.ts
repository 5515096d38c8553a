import { chunksOf } from '../streaming/chunks.ts';
import type { FunctionCall, OutputEvent, OutputItem, OutputMessage } from './objects.ts';

/** The events in which a stream tells these items, one after another. */
export function narrate(items: readonly OutputItem[]): OutputEvent[] {
  return items.flatMap((item, index): OutputEvent[] => {
    switch (item.type) {
      case 'message':
        return narrateMessage(item, index);
      case 'function_call':
        return narrateCall(item, index);
      case 'reasoning':
        return framed(item, item, index, []);
    }
  });
}

function narrateMessage(message: OutputMessage, output_index: number): OutputEvent[] {
  const told = message.content.flatMap((part, content_index): OutputEvent[] => {
    const place = { item_id: message.id, output_index, content_index };
    if (part.type === 'refusal') return narrateRefusal(part, place);
    const deltas = chunksOf(part.text).map((delta) => ({
      ...place,
      type: 'response.output_text.delta' as const,
      delta,
      logprobs: [],
    }));
    return [
      { ...place, type: 'response.content_part.added', part: { ...part, text: '' } },
      ...deltas,
      { ...place, type: 'response.output_text.done', text: part.text, logprobs: [] },
      { ...place, type: 'response.content_part.done', part },
    ];
  });
  return framed({ ...message, status: 'in_progress', content: [] }, message, output_index, told);
}

type RefusalPart = Extract<OutputMessage['content'][number], { type: 'refusal' }>;

function narrateRefusal(
  part: RefusalPart,
  place: { item_id: string; output_index: number; content_index: number },
): OutputEvent[] {
  const deltas = chunksOf(part.refusal).map((delta) => ({
    ...place,
    type: 'response.refusal.delta' as const,
    delta,
  }));
  return [
    { ...place, type: 'response.content_part.added', part: { ...part, refusal: '' } },
    ...deltas,
    { ...place, type: 'response.refusal.done', refusal: part.refusal },
    { ...place, type: 'response.content_part.done', part },
  ];
}

function narrateCall(call: FunctionCall, output_index: number): OutputEvent[] {
  const place = { item_id: call.id, output_index };
  const deltas = chunksOf(call.arguments).map((delta) => ({
    ...place,
    type: 'response.function_call_arguments.delta' as const,
    delta,
  }));
  return framed({ ...call, status: 'in_progress', arguments: '' }, call, output_index, [
    ...deltas,
    { ...place, type: 'response.function_call_arguments.done', arguments: call.arguments },
  ]);
}

function framed(
  begun: OutputItem,
  done: OutputItem,
  output_index: number,
  told: readonly OutputEvent[],
): OutputEvent[] {
  return [
    { type: 'response.output_item.added', output_index, item: begun },
    ...told,
    { type: 'response.output_item.done', output_index, item: done },
  ];
}
