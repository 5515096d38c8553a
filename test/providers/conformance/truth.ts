import { expect, onTestFinished } from 'vitest';
import { totalCalls } from '../../../core/calls.ts';
import type { LogEntry, RunEntry } from '../../../simulator/index.ts';
import { CountingContext } from '../support.ts';
import { requestsOf } from './dialects.ts';
import type { Subject } from './subject.ts';

/** What the simulator's log says of the time since this was made, whatever callers believe. */
export class Truth {
  readonly #subject: Subject;
  readonly #after: number;

  constructor(subject: Subject) {
    this.#subject = subject;
    this.#after = subject.simulator.log.entries().at(-1)?.seq ?? 0;
  }

  /** Every change of a status, creations among them: the traces of all that costs something, or acts. */
  get changes(): readonly RunEntry[] {
    const entries = this.#subject.simulator.log.entries({ after: this.#after });
    return entries.filter((entry): entry is LogEntry & RunEntry => entry.kind === 'run');
  }

  /** The ids of what was created. */
  get created(): readonly string[] {
    return this.changes.filter(({ from }) => from === null).map(({ runId }) => runId);
  }

  /** Resolves when a fault has taken a request. */
  async faulted(): Promise<void> {
    await this.#subject.simulator.log.waitFor(({ kind, seq }) => kind === 'fault' && seq > this.#after);
  }

  /** The requests by endpoint. */
  get requests(): Record<string, number> {
    return this.#subject.simulator.log.counts({ after: this.#after });
  }
}

/**
 * Waits until the simulator is done with all requests that were counted, and fails unless it has seen these, no others, and none before it
 * was counted.
 */
export async function expectAgreement(truth: Truth, { counted, uncounted }: StrictContext): Promise<void> {
  await expect.poll(() => truth.requests, { interval: 2, timeout: 5_000 }).toEqual(counted);
  expect(uncounted).toEqual([]);
}

/** Counts, and notices what reaches the simulator before it is counted. Nobody else may ask the simulator meanwhile. */
export class StrictContext extends CountingContext {
  /** The endpoints that were asked too early. */
  readonly uncounted: string[] = [];
  readonly #subject: Subject;

  constructor(subject: Subject, signal?: AbortSignal) {
    super(signal);
    this.#subject = subject;
    let seen = 0;
    const unsubscribe = subject.simulator.log.subscribe((entry) => {
      if (entry.kind !== 'request') return;
      seen += 1;
      if (seen > totalCalls(this.calls)) this.uncounted.push(entry.endpoint);
    });
    onTestFinished(unsubscribe);
  }

  /** The requests by the simulator's endpoint that were told of. */
  get counted(): Record<string, number> {
    return requestsOf(this.#subject.dialect, this.calls);
  }
}
