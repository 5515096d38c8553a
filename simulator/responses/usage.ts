import { countTokens } from '../model/tokens.ts';
import type { ResponseScript } from '../script/format.ts';
import { textOf } from './items.ts';
import type { Item, ResponseUsage } from './objects.ts';
import type { TurnInput } from './record.ts';
import type { ResponseBody } from './schemas.ts';

/** What thinking costs when a request asks for effort. */
export const REASONING_TOKENS = 64;
/** Prompts are cached from this length on, in steps. */
const CACHED_FROM = 1024;
const CACHED_STEP = 128;

/** Whether the model thinks before it answers. */
export function reasons(body: ResponseBody): boolean {
  const effort = body.reasoning?.effort ?? 'none';
  return effort !== 'none' && effort !== 'minimal';
}

/**
 * The price of an answer: everything said before counts as input again, and what an earlier response of the chain has
 * already read is cached from 1,024 tokens on.
 */
export function usageOf(response: TurnInput, script: ResponseScript, answer: string): ResponseUsage {
  const { body, history, input } = response;
  const earlier = tokensOf(history);
  const given = script.usage;
  const reasoning = given?.reasoning ?? (reasons(body) ? REASONING_TOKENS : 0);
  const prompt = given?.prompt ?? countTokens(body.instructions ?? '') + earlier + tokensOf(input);
  const completion = given?.completion ?? reasoning + countTokens(answer);
  const cached = earlier < CACHED_FROM ? 0 : Math.floor(earlier / CACHED_STEP) * CACHED_STEP;
  return {
    input_tokens: prompt,
    input_tokens_details: {
      cached_tokens: given ? (given.cached ?? 0) : cached,
      cache_write_tokens: given?.cacheWrite ?? 0,
    },
    output_tokens: completion,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: prompt + completion,
  };
}

function tokensOf(items: readonly Item[]): number {
  return items.reduce((total, item) => total + countTokens(textOf(item)), 0);
}
