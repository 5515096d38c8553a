import type { SignatureHeaders } from './sign.ts';

const USER_AGENT = 'OpenAI/1.0 (+https://platform.openai.com/docs/webhooks)';

/** One webhook to be posted. */
export interface PostRequest {
  url: string;
  headers: SignatureHeaders;
  body: string;
  signal: AbortSignal;
  /** Real milliseconds a receiver has for its answer. */
  timeoutMs: number;
}

/** What came of one try; `error` is null when the receiver acknowledged. */
export interface PostResult {
  status: number | null;
  error: string | null;
}

/** Posts one webhook. Any 2xx acknowledges; a redirect is a failure and is not followed. Never throws. */
export async function post({ url, headers, body, signal, timeoutMs }: PostRequest): Promise<PostResult> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', 'user-agent': USER_AGENT },
      body,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    await response.body?.cancel();
    return { status: response.status, error: response.ok ? null : `answered ${response.status}` };
  } catch (error) {
    return { status: null, error: explain(error, timeoutMs) };
  }
}

function explain(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs} ms`;
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
