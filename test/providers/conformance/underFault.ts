import { expect } from 'vitest';
import type { CallContext } from '../../../providers/provider.ts';
import type { EndpointName } from '../../../simulator/http/endpoints.ts';
import type { FaultCase } from './faults.ts';
import type { Subject } from './subject.ts';
import { expectAgreement, StrictContext, Truth } from './truth.ts';

/**
 * Makes a call whose requests to an endpoint meet a fault. When it is back, and the simulator is done with its requests too, what was
 * counted must be what the simulator has seen.
 */
export async function underFault<Result>(
  subject: Subject,
  { fault, isGivenUp }: FaultCase,
  rule: { readonly on: EndpointName | '*'; readonly after?: number; readonly times?: null },
  call: (context: CallContext) => Promise<Result>,
): Promise<{ result: Result; truth: Truth }> {
  const truth = new Truth(subject);
  const caller = new AbortController();
  const context = new StrictContext(subject, caller.signal);
  subject.simulator.addFault({ ...rule, fault });
  const called = call(context);
  if (isGivenUp) {
    await truth.faulted();
    caller.abort();
  }
  const result = await called;
  await expectAgreement(truth, context);
  subject.simulator.removeFaults();
  // Connections are refused for a moment, and others were ended: whatever comes next waits for that.
  if (fault.kind === 'refuse') await untilListening(subject);
  return { result, truth };
}

async function untilListening({ simulator }: Subject): Promise<void> {
  const isListening = async (): Promise<boolean> => {
    try {
      return (await fetch(simulator.url)).ok;
    } catch {
      return false;
    }
  };
  await expect.poll(isListening, { interval: 5, timeout: 5_000 }).toBe(true);
}
