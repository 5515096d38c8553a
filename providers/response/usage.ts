import * as z from 'zod';
import type { Usage } from '../../core/usage.ts';
import { looseNumber } from '../untrusted.ts';

const inputDetails = z
  .object({ cached_tokens: looseNumber, cache_write_tokens: looseNumber })
  .nullish()
  .catch(null);
const outputDetails = z.object({ reasoning_tokens: looseNumber }).nullish().catch(null);

/** The usage of a response. One without any count of its own is none. */
export const usageSchema = z
  .object({
    input_tokens: looseNumber,
    input_tokens_details: inputDetails,
    output_tokens: looseNumber,
    output_tokens_details: outputDetails,
    total_tokens: looseNumber,
  })
  .transform((usage): Usage | null => {
    const { input_tokens: input, output_tokens: output, total_tokens: total } = usage;
    if ((input ?? output ?? total ?? null) === null) return null;
    return {
      inputTokens: input ?? 0,
      cachedTokens: usage.input_tokens_details?.cached_tokens ?? 0,
      cacheWriteTokens: usage.input_tokens_details?.cache_write_tokens ?? 0,
      outputTokens: output ?? 0,
      reasoningTokens: usage.output_tokens_details?.reasoning_tokens ?? 0,
      totalTokens: total ?? (input ?? 0) + (output ?? 0),
    };
  });
