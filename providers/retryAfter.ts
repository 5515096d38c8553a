/** The part of fetch's Headers that is needed here. */
export interface HeaderReader {
  get(name: string): string | null;
}

/**
 * How long the provider asks us to wait before the next try, in ms; undefined when it does not say.
 *
 * `retry-after-ms` comes first, then `Retry-After` as seconds or as an HTTP date (RFC 9110, 10.2.3). A date in the past, and anything
 * that makes no sense, counts as silence.
 */
export function readRetryAfterMs(headers: HeaderReader | undefined, nowMs: number): number | undefined {
  const inMs = readNumber(headers?.get('retry-after-ms'));
  if (inMs !== undefined) return inMs;
  const text = headers?.get('retry-after');
  if (text === null || text === undefined) return undefined;
  const inSeconds = readNumber(text);
  if (inSeconds !== undefined) return inSeconds * 1000;
  // Date.parse makes a date of many a text that holds a number; HTTP dates are always in GMT, and say so.
  const atMs = /\bGMT\s*$/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(atMs) || atMs <= nowMs ? undefined : atMs - nowMs;
}

function readNumber(text: string | null | undefined): number | undefined {
  if (text === null || text === undefined || !/^\s*\d+(\.\d+)?\s*$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(Math.ceil(value) * 1000) ? value : undefined;
}
