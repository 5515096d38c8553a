import { toUnixSeconds } from '../clock.ts';
import { hasEnded, shownStatus } from './record.ts';
import type { ResponseRecord } from './record.ts';
import type { Includable, Item, OutputItem, ResponseObject } from './objects.ts';

/** The response as the API shows it at this moment; `include` adds what is left out otherwise. */
export function renderResponse(
  response: ResponseRecord,
  include: readonly Includable[] = response.body.include ?? [],
): ResponseObject {
  const { state, body } = response;
  return {
    id: response.id,
    object: 'response',
    created_at: toUnixSeconds(response.createdAtMs),
    status: shownStatus(state),
    access_programs: null,
    background: body.background ?? false,
    completed_at: state.status === 'completed' ? toUnixSeconds(state.atMs) : null,
    conversation: response.conversationId === null ? null : { id: response.conversationId },
    error: state.status === 'failed' ? state.error : null,
    incomplete_details: state.status === 'incomplete' ? { reason: state.reason } : null,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    max_tool_calls: body.max_tool_calls ?? null,
    metadata: response.metadata,
    model: body.model,
    output: response.output.map((item) => includeInOutput(item, include)),
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: response.previousId,
    prompt_cache_key: body.prompt_cache_key ?? null,
    reasoning: { effort: body.reasoning?.effort ?? null, summary: body.reasoning?.summary ?? null },
    safety_identifier: body.safety_identifier ?? null,
    service_tier: serviceTier(response),
    store: body.store ?? true,
    temperature: body.temperature ?? 1,
    text: { format: body.text?.format ?? { type: 'text' }, verbosity: body.text?.verbosity ?? 'medium' },
    tool_choice: body.tool_choice ?? 'auto',
    tools: body.tools ?? [],
    top_logprobs: body.top_logprobs ?? 0,
    top_p: body.top_p ?? 1,
    truncation: body.truncation ?? 'disabled',
    usage: hasEnded(state) ? response.usage : null,
    user: body.user ?? null,
  };
}

/** An item of output with what `include` asks for, and without what it does not. */
function includeInOutput(item: OutputItem, include: readonly Includable[]): OutputItem {
  if (item.type !== 'reasoning' || include.includes('reasoning.encrypted_content')) return item;
  return { ...item, encrypted_content: null };
}

/** {@link includeInOutput} for a listed item. */
export function includeInItem(item: Item, include: readonly Includable[]): Item {
  if (item.type === 'function_call_output') return item;
  if (item.type !== 'message' || item.role === 'assistant') return includeInOutput(item, include);
  if (include.includes('message.input_image.image_url')) return item;
  const content = item.content.map((part) =>
    part.type === 'input_image' ? { ...part, image_url: null } : part,
  );
  return { ...item, content };
}

/** What was asked for until it is known what served the request; fast mode shows as `priority`. */
function serviceTier({ body, state }: ResponseRecord): ResponseObject['service_tier'] {
  const asked = body.service_tier ?? 'auto';
  if (!hasEnded(state)) return asked;
  if (asked === 'auto') return 'default';
  return asked === 'fast' ? 'priority' : asked;
}
