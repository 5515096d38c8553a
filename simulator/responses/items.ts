import type { IdFactory } from '../ids.ts';
import type { InputItem } from './itemSchemas.ts';
import type { InputMessage, Item, OutputMessage } from './objects.ts';

/** The items of a response's input, as they are kept and listed: with ids, content always as parts. */
export function toItems(input: string | readonly InputItem[], nextId: IdFactory): Item[] {
  if (typeof input !== 'string') return input.map((item) => toItem(item, nextId));
  return [toItem({ type: 'message', role: 'user', content: input }, nextId)];
}

function toItem(item: InputItem, nextId: IdFactory): Item {
  switch (item.type) {
    case 'message': {
      const common = { id: item.id ?? nextId('msg'), type: 'message', status: 'completed' } as const;
      return item.role === 'assistant'
        ? { ...common, role: item.role, content: outputParts(item.content) }
        : { ...common, role: item.role, content: inputParts(item.content) };
    }
    case 'function_call':
      return { ...item, id: item.id ?? nextId('fc'), status: 'completed' };
    case 'function_call_output':
      return {
        type: item.type,
        id: item.id ?? nextId('fco'),
        call_id: item.call_id,
        output: item.output,
        status: 'completed',
      };
    case 'reasoning':
      return item;
  }
}

type Sent<R> = Extract<InputItem, { type: 'message'; role: R }>['content'];

function inputParts(content: Sent<InputMessage['role']>): InputMessage['content'] {
  return typeof content === 'string' ? [{ type: 'input_text', text: content }] : content;
}

function outputParts(content: Sent<'assistant'>): OutputMessage['content'] {
  if (typeof content === 'string') return [outputText(content)];
  return content.map((part) => (part.type === 'refusal' ? part : outputText(part.text)));
}

/** A part of a message that the model wrote. */
export function outputText(text: string): Extract<OutputMessage['content'][number], { type: 'output_text' }> {
  return { type: 'output_text', text, annotations: [], logprobs: [] };
}

/** What a model reads of an item. */
export function textOf(item: Item): string {
  switch (item.type) {
    case 'message':
      return item.content
        .map((part) => ('text' in part ? part.text : 'refusal' in part ? part.refusal : ''))
        .join('\n');
    case 'function_call':
      return `${item.name}(${item.arguments})`;
    case 'function_call_output':
      return outputOf(item);
    case 'reasoning':
      return '';
  }
}

/** The output of a call as text. */
export function outputOf(item: Extract<Item, { type: 'function_call_output' }>): string {
  if (typeof item.output === 'string') return item.output;
  return item.output.map((part) => (part.type === 'input_text' ? part.text : '')).join('\n');
}
