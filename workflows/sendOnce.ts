import type { CallFacts } from '../core/activities.ts';
import { failureTypes } from '../core/failures.ts';
import { isProblem, type CallProblem } from './callProvider.ts';
import type { DurableRun } from './durableRun.ts';
import { findLost, findTold, readTold, settleLostReply, type PaidCall, type Settled } from './lostReply.ts';
import { unlessTold } from './unlessTold.ts';

export type Sent<Reply> =
  | { readonly kind: 'replied'; readonly reply: Reply }
  /** Neither this call nor an earlier one has made anything, as far as can be known. */
  | { readonly kind: 'refused'; readonly problem: CallProblem }
  | Settled;

/**
 * Sends a call that makes something that somebody pays for, a create or a submit. What it has made is heard of, or found; where neither
 * succeeds, the policy decides whether the call may be sent again.
 */
export async function sendOnce<Reply extends CallFacts>(
  run: DurableRun,
  call: PaidCall,
  send: () => Promise<Reply | CallProblem>,
): Promise<Sent<Reply>> {
  run.countRepetition();
  const mayHaveWorked = run.progress.sending.lostReplies > 0;
  // While a repetition waits to be tried once more, what the earlier call has made may tell of itself.
  const reply = mayHaveWorked
    ? await unlessTold(send, () => findTold(run, call) !== undefined)
    : await send();
  if (reply === undefined) return readTold(run, call) ?? { kind: 'send_again' };
  if (!isProblem(reply)) return { kind: 'replied', reply };
  if (reply.effect === 'unknown') return settleLostReply(run, call, reply);
  // Whoever holds the thread is looked at anyway: it may be what an earlier call has made.
  if (!mayHaveWorked || reply.type === failureTypes.threadBusy) return { kind: 'refused', problem: reply };

  // This one was refused, but an earlier one may have worked.
  const found = await findLost(run, call);
  return found.kind === 'found' ? found : { kind: 'refused', problem: reply };
}
