import type { Context } from '../http/context.ts';
import type { ResponseScript } from '../script/format.ts';
import { readResponseScript, scriptForAttempt } from '../script/read.ts';
import {
  backgroundNeedsStore,
  bothParents,
  emptyInput,
  previousNotEnded,
  previousNotFound,
  unknownToolChoice,
} from './errors.ts';
import { toItems } from './items.ts';
import type { Item } from './objects.ts';
import { hasEnded, shownStatus } from './record.ts';
import type { ResponseRecord } from './record.ts';
import type { ResponseBody } from './schemas.ts';
import { checkToolLoop } from './toolLoop.ts';

/**
 * Creates a response, in the context of its parent or its conversation.
 * @throws ApiError 400 or 404 for what it refers to and cannot have.
 */
export function createResponse(context: Context, body: ResponseBody): ResponseRecord {
  const { conversations, responses, nextId, options } = context;
  const parent = findParent(context, body);
  const conversationId =
    typeof body.conversation === 'string' ? body.conversation : (body.conversation?.id ?? null);
  if (parent && conversationId !== null) throw bothParents();
  if (conversationId !== null) conversations.checkUnlocked(conversationId);
  if (body.input.length === 0) throw emptyInput();
  if (body.background && body.store === false && options.backgroundNeedsStore) throw backgroundNeedsStore();
  checkToolChoice(body);
  const history = historyOf(parent, conversationId === null ? [] : conversations.items(conversationId));
  checkToolLoop(history, body.input);
  const chainId = conversationId ?? parent?.chainId ?? null;
  return responses.create({
    body,
    ...chooseScript(context, body, parent, chainId),
    metadata: body.metadata ?? {},
    previousId: parent?.id ?? null,
    conversationId,
    chainId,
    history,
    input: toItems(body.input, nextId),
  });
}

function findParent({ responses }: Context, body: ResponseBody): ResponseRecord | undefined {
  const id = body.previous_response_id ?? null;
  if (id === null) return undefined;
  const parent = responses.find(id);
  if (!parent) throw previousNotFound(id);
  if (!hasEnded(parent.state)) throw previousNotEnded(id, shownStatus(parent.state));
  return parent;
}

function historyOf(parent: ResponseRecord | undefined, items: readonly Item[]): readonly Item[] {
  return parent ? [...parent.history, ...parent.input, ...parent.output] : items;
}

function checkToolChoice({ tool_choice: choice, tools }: ResponseBody): void {
  if (typeof choice !== 'object' || choice?.type !== 'function') return;
  const known = tools?.some((tool) => tool.type === 'function' && tool.name === choice.name);
  if (!known) throw unknownToolChoice();
}

/**
 * The response's own script, else its parent's, else its conversation's; the entry for this attempt. Answering tool calls
 * goes on with an attempt; anything else is the next one: of its tag, of its conversation, or of its chain.
 */
function chooseScript(
  { responses, conversations }: Context,
  body: ResponseBody,
  parent: ResponseRecord | undefined,
  chainId: string | null,
): { script: ResponseScript; attempt: number } {
  const goesOn = continues(body);
  const own = readResponseScript(body.metadata ?? null);
  if (!own && parent) return { script: parent.script, attempt: parent.attempt };
  const source =
    own ?? readResponseScript(chainId === null ? null : (conversations.metadata(chainId) ?? null));
  if (!source) return { script: {}, attempt: 0 };
  if (goesOn && parent)
    return { script: scriptForAttempt(source, parent.attempt) ?? {}, attempt: parent.attempt };
  const { by } = source;
  const earlier = responses
    .responses()
    .filter((other) => !continues(other.body))
    .filter((other) =>
      by === undefined ? other.chainId === chainId : other.metadata[by] === body.metadata?.[by],
    );
  const attempt = Math.max(0, goesOn ? earlier.length - 1 : earlier.length);
  return { script: scriptForAttempt(source, attempt) ?? {}, attempt };
}

/** Whether the input does nothing but answer tool calls. */
function continues({ input }: ResponseBody): boolean {
  if (typeof input === 'string') return false;
  const last = input.findLast((item) => item.type !== 'reasoning');
  return last?.type === 'function_call_output';
}
