import * as z from 'zod';
import type { ToolCall } from '../../core/snapshot.ts';
import { looseText } from '../untrusted.ts';

/* The output items of a response, as untrusted: each is read by itself, and one that cannot be read spoils no other. */

const itemSchema = z.object({
  type: z.string(),
  id: looseText,
  call_id: looseText,
  approval_request_id: looseText,
  name: looseText,
  arguments: z.unknown().optional(),
  phase: looseText,
  content: z.unknown().optional(),
  environment: z.object({ type: looseText }).nullish().catch(null),
  execution: looseText,
});
type Item = z.output<typeof itemSchema>;

const textPartSchema = z.object({ type: z.literal('output_text'), text: z.string() });
const refusalPartSchema = z.object({ type: z.literal('refusal'), refusal: z.string() });

/** What a response has to say, and what it asks for. */
export interface Output {
  readonly text: string;
  /** Empty when the model has not refused. */
  readonly refusal: string;
  /** Calls of function tools, each id once: the id is what makes a call. */
  readonly toolCalls: readonly ToolCall[];
  /** The type of an item that asks for something which nobody here can do. */
  readonly unsupported: string | undefined;
}

export function readOutputItems(output: readonly unknown[]): Output {
  const items = output.flatMap((item) => itemSchema.safeParse(item).data ?? []);
  const open = items.filter((item) => !isAnswered(item, items));
  const toolCalls = open.flatMap((item) => toToolCall(item) ?? []);
  return {
    ...readMessages(items),
    toolCalls: toolCalls.filter(
      ({ callId }, index) => toolCalls.findIndex((call) => call.callId === callId) === index,
    ),
    unsupported: open.find(asksTooMuch)?.type,
  };
}

/** Joined as the SDK's `output_text` is, but without what the model said while it worked, if it says which is its answer. */
function readMessages(items: readonly Item[]): Pick<Output, 'text' | 'refusal'> {
  const messages = items.filter(({ type }) => type === 'message');
  const final = messages.filter(({ phase }) => phase === 'final_answer');
  const parts = (final.length > 0 ? final : messages).flatMap(partsOf);
  return {
    text: parts.map((part) => textPartSchema.safeParse(part).data?.text ?? '').join(''),
    refusal: parts.map((part) => refusalPartSchema.safeParse(part).data?.refusal ?? '').join(''),
  };
}

function partsOf({ content }: Item): unknown[] {
  // Input messages may be written so, and some servers write all messages so.
  if (typeof content === 'string') return [{ type: 'output_text', text: content }];
  return Array.isArray(content) ? content : [];
}

/** Some servers give a call no `call_id`, and take the item's id for it. */
function idOf({ call_id: callId, id }: Item): string | undefined {
  return callId || id || undefined;
}

function toToolCall(item: Item): ToolCall | undefined {
  const callId = idOf(item);
  if (item.type !== 'function_call' || callId === undefined) return undefined;
  return { callId, name: item.name ?? '', arguments: toText(item.arguments) };
}

/** Arguments are JSON as text; some servers send the object itself, and nothing for a call without any. */
function toText(value: unknown): string {
  if (typeof value === 'string') return value;
  return JSON.stringify(value ?? {});
}

/** An item that has its output beside it was executed at the provider. */
function isAnswered(item: Item, items: readonly Item[]): boolean {
  const id = idOf(item);
  if (id === undefined || isAnswer(item)) return false;
  return items.some((other) => isAnswer(other) && (other.approval_request_id || idOf(other)) === id);
}

function isAnswer({ type }: Item): boolean {
  return type.endsWith('_output') || type === 'mcp_approval_response';
}

/**
 * Whether an item waits for an answer of the client that nobody here can give. Of the items in the SDK's `ResponseOutputItem`, all
 * others are executed at OpenAI, or tell of something that was. Without an answer nothing goes on from such a response: it would be
 * refused like one with an open function call.
 */
function asksTooMuch(item: Item): boolean {
  switch (item.type) {
    // A call that cannot be told from others cannot be answered.
    case 'function_call':
      return idOf(item) === undefined;
    // Run by the client, always: each has an output item among the API's inputs, and no place at OpenAI to run in.
    case 'custom_tool_call':
    case 'computer_call':
    case 'local_shell_call':
    case 'apply_patch_call':
    // A person says yes or no, by `mcp_approval_response`.
    case 'mcp_approval_request':
      return true;
    // Runs in OpenAI's container, or in the client's environment.
    case 'shell_call':
      return item.environment?.type !== 'container_reference';
    // The item itself says who is to search.
    case 'tool_search_call':
      return item.execution === 'client';
    default:
      return false;
  }
}
