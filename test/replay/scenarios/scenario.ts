import type { RunInput } from '../../../core/input.ts';
import type { FaultRuleInput } from '../../../simulator/index.ts';

/** A kind of run whose history is recorded. */
export interface Scenario {
  readonly name: string;
  readonly input: RunInput;
  /** No webhook is delivered: the run learns everything by looking. */
  readonly withoutWebhooks?: true;
  /** Faults for this run alone. */
  readonly faults?: readonly FaultRuleInput[];
  /** The script of somebody else's run, which holds the thread when this one is created. */
  readonly threadHeldBy?: object;
  /** The user cancels the run when its simulated run has this status, or when the recorder's tool `linger` is being executed. */
  readonly cancelWhen?: string;
}

export const poll = { mode: 'polling', initialMs: 20, maximumMs: 40 } as const;
export const webhook = { mode: 'webhook' } as const;
/** Patience of milliseconds where the default has seconds. */
export const quick = { calls: { initialMs: 10, maximumMs: 20 }, lostCreate: { settleMs: 20 } };

/** The request of a run that the simulator handles by this script. */
export const scripted = (script: object): RunInput['request'] => ({
  metadata: { simulator: JSON.stringify(script) },
});

export const call = (a: number) => ({ name: 'add', arguments: { a, b: 1 } });
