import type { SignatureHeaders } from './sign.ts';

/** Real milliseconds a receiver has for its answer. */
const TIMEOUT_MS = 5000;
const USER_AGENT = 'OpenAI/1.0 (+https://platform.openai.com/docs/webhooks)';

/** What came of one try; `error` is null when the receiver acknowledged. */
export interface PostResult {
  status: number | null;
  error: string | null;
}

/** Posts one webhook. Any 2xx acknowledges; a redirect is a failure and is not followed. Never throws. */
export async function post(
  url: string,
  headers: SignatureHeaders,
  body: string,
  signal: AbortSignal,
): Promise<PostResult> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', 'user-agent': USER_AGENT },
      body,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    await response.body?.cancel();
    return { status: response.status, error: response.ok ? null : `answered ${response.status}` };
  } catch (error) {
    return { status: null, error: explain(error) };
  }
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${TIMEOUT_MS} ms`;
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
