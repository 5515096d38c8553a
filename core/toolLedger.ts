import { canonicalJson, jsonBytes } from './json.ts';
import type { ToolCall } from './snapshot.ts';

/** One tool call that the model has asked for, with what came of it. */
export interface LedgerEntry {
  /** The tool's name and its arguments in canonical form: what makes two calls the same after a restart. */
  readonly signature: string;
  readonly idempotencyKey: string;
  /** The attempt that asked for it last, and the call id it used. */
  attempt: number;
  callId: string;
  /** null until there is an answer, or when it had to be dropped. */
  output: string | null;
  /** Whether the tool did what it was asked: only such an output may answer the same call after a restart. */
  finished: boolean;
}

/** What is to be done about a tool call. */
export type ToolCallPlan =
  | { readonly kind: 'answered'; readonly output: string; readonly finished: boolean }
  | { readonly kind: 'reuse'; readonly output: string }
  | { readonly kind: 'execute'; readonly idempotencyKey: string };

/**
 * Remembers every tool call of a run, so that none is acted on twice: within an attempt by its call id, and across restarts
 * (where the model asks again, under new ids) by tool and arguments. A model that asks for the same thing twice in one
 * attempt gets it twice, and after a restart each of the two is answered by its own earlier output.
 */
export class ToolLedger {
  readonly #entries: LedgerEntry[];

  constructor(carried: readonly LedgerEntry[]) {
    this.#entries = carried.map((entry) => ({ ...entry }));
  }

  /**
   * Claims the call for this attempt. `newKey` becomes its idempotency key unless an earlier attempt has asked for the same:
   * that call may have acted before it failed, so its repetition carries the same key.
   */
  plan(call: ToolCall, attempt: number, reuseAfterRestart: boolean, newKey: string): ToolCallPlan {
    const known = this.#find(call.callId, attempt);
    if (known !== undefined) {
      return known.output === null
        ? { kind: 'execute', idempotencyKey: known.idempotencyKey }
        : { kind: 'answered', output: known.output, finished: known.finished };
    }

    const signature = `${call.name} ${canonicalJson(call.arguments)}`;
    const earlier = reuseAfterRestart
      ? this.#entries.find((entry) => entry.attempt < attempt && entry.signature === signature)
      : undefined;
    if (earlier === undefined) {
      const { callId } = call;
      this.#entries.push({
        signature,
        idempotencyKey: newKey,
        attempt,
        callId,
        output: null,
        finished: false,
      });
      return { kind: 'execute', idempotencyKey: newKey };
    }
    earlier.attempt = attempt;
    earlier.callId = call.callId;
    if (earlier.output !== null && earlier.finished) return { kind: 'reuse', output: earlier.output };
    earlier.output = null;
    return { kind: 'execute', idempotencyKey: earlier.idempotencyKey };
  }

  /** Records the answer to a call that was planned for this attempt. */
  record(callId: string, attempt: number, output: string, finished: boolean): void {
    const entry = this.#find(callId, attempt);
    if (entry === undefined)
      throw new Error(`Tool call ${callId} of attempt ${attempt} was recorded before it was planned.`);
    entry.output = output;
    entry.finished = finished;
  }

  /**
   * The entries for the next execution, within limits of bytes as JSON: the newest that fit are kept. Idempotency keys are worth more
   * than outputs, so calls have a limit of their own. What does not fit is left out by itself: one that is too long takes no others along.
   */
  carry(limits: { readonly outputBytes: number; readonly callBytes: number }): LedgerEntry[] {
    let { outputBytes, callBytes } = limits;
    const kept: LedgerEntry[] = [];
    for (const entry of this.#entries.toReversed()) {
      const ofCall = jsonBytes(entry.signature) + jsonBytes(entry.idempotencyKey) + jsonBytes(entry.callId);
      if (ofCall > callBytes) continue;
      callBytes -= ofCall;
      const ofOutput = jsonBytes(entry.output ?? '');
      const fits = ofOutput <= outputBytes;
      if (fits) outputBytes -= ofOutput;
      kept.push(fits ? { ...entry } : { ...entry, output: null });
    }
    return kept.toReversed();
  }

  #find(callId: string, attempt: number): LedgerEntry | undefined {
    return this.#entries.find((entry) => entry.attempt === attempt && entry.callId === callId);
  }
}
