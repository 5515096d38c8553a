import { z } from 'zod';

/** When a caller is told to come back, in one of the three ways that servers say it. */
export const retryAfter = z.union([
  /** `retry-after: 7` */
  z.strictObject({ seconds: z.number().int().min(0) }),
  /** `retry-after: Wed, 21 Oct 2026 07:28:00 GMT`, so many milliseconds from now. */
  z.strictObject({ dateInMs: z.number() }),
  /** `retry-after-ms: 250`, which OpenAI's clients read first. */
  z.strictObject({ ms: z.number().min(0) }),
]);

/** The headers that say it. Dates are real ones: callers compare them with their own clock. */
export function retryAfterHeaders(
  when: z.output<typeof retryAfter> | undefined,
  realNowMs: number,
): Record<string, string> {
  if (when === undefined) return {};
  if ('seconds' in when) return { 'retry-after': String(when.seconds) };
  if ('ms' in when) return { 'retry-after-ms': String(when.ms) };
  return { 'retry-after': new Date(realNowMs + when.dateInMs).toUTCString() };
}
