import { noToolCall, noToolOutput } from './errors.ts';
import { outputOf } from './items.ts';
import type { InputItem } from './itemSchemas.ts';
import type { Item } from './objects.ts';

/** One round of tool calls with its outputs, as the model remembers it. */
export interface Round {
  calls: { name: string; arguments: string }[];
  outputs: string[];
}

/**
 * Every call must have its output and every output its call, over the whole context: there is no `requires_action` in
 * this API, the next create is where a missing output shows.
 * @throws ApiError 400 with the official texts.
 */
export function checkToolLoop(history: readonly Item[], input: readonly InputItem[] | string): void {
  const sent = typeof input === 'string' ? [] : input;
  const calls = new Set<string>();
  for (const item of [...history, ...sent]) if (item.type === 'function_call') calls.add(item.call_id);
  const answered = new Set<string>();
  for (const item of history) {
    if (item.type === 'function_call_output' && item.call_id !== undefined) answered.add(item.call_id);
  }
  for (const item of sent) {
    if (item.type !== 'function_call_output') continue;
    // An output that carries its call's item id is not recognised when the call is in an earlier response.
    const misnamed = item.id?.startsWith('fc_') === true;
    if (!calls.has(item.call_id) || misnamed) throw noToolCall(item.call_id);
    answered.add(item.call_id);
  }
  for (const callId of calls) if (!answered.has(callId)) throw noToolOutput(callId);
}

/** The rounds since the last user message: what the model has already done about it. */
export function roundsOf(items: readonly Item[]): Round[] {
  let rounds: (Round & { ids: string[] })[] = [];
  let open = false;
  for (const item of items) {
    switch (item.type) {
      case 'message':
        if (item.role === 'user') rounds = [];
        open = false;
        break;
      case 'function_call': {
        if (!open) rounds.push({ ids: [], calls: [], outputs: [] });
        open = true;
        const round = rounds.at(-1);
        round?.ids.push(item.call_id);
        round?.calls.push({ name: item.name, arguments: item.arguments });
        round?.outputs.push('');
        break;
      }
      case 'function_call_output': {
        open = false;
        const round = rounds.find(({ ids }) => ids.includes(item.call_id ?? ''));
        if (round) round.outputs[round.ids.indexOf(item.call_id ?? '')] = outputOf(item);
        break;
      }
      case 'reasoning':
        break;
    }
  }
  return rounds.map(({ calls, outputs }) => ({ calls, outputs }));
}
