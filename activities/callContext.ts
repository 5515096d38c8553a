import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { addCalls, type CallCounts, type CallKind } from '../core/calls.ts';
import type { CallContext } from '../providers/provider.ts';

/**
 * Part of an activity's time that its provider calls may take: the rest is for telling Temporal what came of them. A call that ends in time
 * gives a typed failure; one that does not leaves the server with a timeout that says nothing.
 */
const shareOfTimeout = 0.9;

/** The context of one try of a provider activity, and the count of the requests it makes. */
export class ActivityCallContext implements CallContext {
  readonly signal: AbortSignal;
  #calls: CallCounts = {};
  #first: CallKind | undefined;

  constructor() {
    const timeUp = AbortSignal.timeout(Math.floor(activityInfo().startToCloseTimeoutMs * shareOfTimeout));
    this.signal = AbortSignal.any([timeUp, cancellationSignal()]);
  }

  count(kind: CallKind): void {
    this.#first ??= kind;
    this.#calls = addCalls(this.#calls, { [kind]: 1 });
  }

  /**
   * Requests of this try, and one for each try before it: those ended before they could say more. All tries call the same
   * first; `kind` is what is assumed when this one has called nothing.
   */
  callsOfAllTries(kind: CallKind): CallCounts {
    const earlierTries = activityInfo().attempt - 1;
    return addCalls(this.#calls, { [this.#first ?? kind]: earlierTries });
  }
}
