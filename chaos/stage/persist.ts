import { setTimeout as sleep } from 'node:timers/promises';

const pauseMs = 400;

/**
 * Does something again and again until it works: what the campaign itself wants of the system must not fail for its own faults.
 *
 * @throws the signal's reason when it is aborted before
 */
export async function persist<T>(action: () => Promise<T>, aborted: AbortSignal): Promise<T> {
  for (;;) {
    aborted.throwIfAborted();
    try {
      return await action();
    } catch (error) {
      aborted.throwIfAborted();
      if (error instanceof TypeError && !isNetworkError(error)) throw error;
      await sleep(pauseMs);
    }
  }
}

/** What `fetch` throws when a connection fails: other type errors are our own. */
function isNetworkError(error: TypeError): boolean {
  return error.message === 'fetch failed' || error.message === 'terminated';
}
