import { patience, type Provider } from '../kinds.ts';
import type { RunResult } from '../../client/index.ts';
import { maximumLostReplies } from '../../core/policy.ts';
import { describeLostReplies } from '../../core/story.ts';
import type { Double } from './types.ts';

/**
 * A request may do its work so long after its sender has given up on it (held up, delayed by the provider, or its sender paused), and a webhook
 * that was acknowledged may come to a run so late: its workers were dead or paused.
 */
const lateMs = 12_000;

/**
 * Why a second thing ought not to have been made for the same call; null when nobody could have known of the first. A list shows what is there;
 * where there is none, the first tells of itself by webhook, and is waited for as long as the policy says.
 */
export function explainDouble({ gapMs, toldMs, listed }: Double, provider: Provider): string | null {
  switch (provider) {
    case 'assistant':
      if (listed === 'before') return null;
      return listed === null ? 'nobody had looked for it' : 'a look ought to have found it';
    case 'response':
      if (toldMs !== null && toldMs > lateMs) return `its webhook had been acknowledged ${toldMs} ms before`;
      return gapMs < patience.lostCreate.webhookMs - lateMs
        ? `after ${gapMs} ms nobody can have waited for its webhook`
        : null;
  }
}

/** Whether a run ended because one call lost all the replies that it may lose, rather than as its script implies. */
export function lostEveryReply({ status, error }: RunResult): boolean {
  return (
    (status === 'failed' || status === 'not_created') &&
    error !== null &&
    error.message.includes(describeLostReplies(maximumLostReplies, ''))
  );
}
