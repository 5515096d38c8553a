import type { Clock } from '../clock.ts';
import { RESUMABLE_MS } from './journal.ts';
import type { ResponseRecord } from './record.ts';

/**
 * Sets the timers that end the life of a response that has ended, in place of those there are. What is stored stays; what
 * is not is kept for a while in the background, so that it can be polled, and not at all otherwise. The events of a
 * stream go when nobody may read them any more.
 */
export function keepAwhile(
  clock: Clock,
  response: ResponseRecord,
  { unstoredRetentionMs, forget }: { unstoredRetentionMs: number; forget: () => void },
): void {
  const { script, body } = response;
  const unstoredMs = body.background ? unstoredRetentionMs : 0;
  const retainMs = script.retainMs ?? (body.store === false ? unstoredMs : undefined);
  for (const timer of response.retention.splice(0)) timer.cancel();
  if (retainMs !== undefined) response.retention.push(clock.after(retainMs, forget));
  if (response.journal === null) return;
  const readableMs = response.createdAtMs + RESUMABLE_MS - clock.now();
  // A moment later than it is refused, so that the refusal says why.
  const dropped = clock.after(readableMs + 1, () => {
    response.journal = null;
  });
  response.retention.push(dropped);
}
