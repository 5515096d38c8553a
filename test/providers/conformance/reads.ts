import { describe, expect, test } from 'vitest';
import type { CallContext, Provider } from '../../../providers/provider.ts';
import { faultCases } from './faults.ts';
import { outcomeOf } from './outcomes.ts';
import type { Subject } from './subject.ts';
import { underFault } from './underFault.ts';

type Ready = (provider: Provider, context: CallContext) => Promise<unknown>;

/** The calls that only look, each at something that has ended or waits. */
const reads: Readonly<Record<string, (subject: Subject) => Promise<Ready>>> = {
  retrieve: async (subject) => {
    const { ref } = (await subject.begin({ answer: 'forty-two' })).snapshot;
    await subject.follow(ref, 'completed');
    return (provider, context) => provider.retrieve(ref, context);
  },
  'find, for a create': async (subject) => {
    const { tag, request, snapshot } = await subject.begin({ answer: 'forty-two' });
    await subject.follow(snapshot.ref, 'completed');
    return (provider, context) => provider.find({ tag, request }, context);
  },
  'find, for a submit': async (subject) => {
    const { begun, waiting } = await subject.beginWaiting();
    const given = subject.answering(begun, waiting);
    return (provider, context) => provider.find({ ...given, submittedTo: given.ref }, context);
  },
};

/** Says that the API does not know the thing; only a 404 of the API's own does. */
const denies = /"status":"lost"|"kind":"not_found"/;

/** A look that fails says so: it neither invents an end nor denies what is there, and costs what was counted. */
export function testReadsUnderFaults(subject: Subject): void {
  const others = faultCases.filter(
    ({ fault, isGivenUp }) =>
      !isGivenUp && fault.kind !== 'refuse' && !(fault.kind === 'status' && fault.status === 404),
  );
  describe.each(Object.entries(reads))('%s takes no fault for an end', (_name, ready) => {
    test.each(others)('$label', async (faultCase) => {
      const read = await ready(subject);
      const rule = { on: '*', times: null } as const;
      const { result: outcome, truth } = await underFault(subject, faultCase, rule, (context) =>
        outcomeOf(read(subject.provider, context)),
      );
      expect(truth.changes).toEqual([]);
      expect(JSON.stringify(outcome)).not.toMatch(denies);
    });
  });
}
