import { describe, expect, test } from 'vitest';
import type { CallContext, Provider } from '../../../providers/provider.ts';
import { CountingContext } from '../support.ts';
import { outcomeOf } from './outcomes.ts';
import type { Subject } from './subject.ts';
import { Truth } from './truth.ts';

type Ready = (provider: Provider, context: CallContext) => Promise<unknown>;

/** Every method that may ask the API, ready to be called. */
const methods: Readonly<Record<string, (subject: Subject) => Promise<Ready>>> = {
  'create, the first': async (subject) => {
    const given = subject.asking();
    return (provider, context) => provider.create(given, context);
  },
  'create, prepared': async (subject) => {
    const given = await subject.prepared(subject.asking());
    return (provider, context) => provider.create(given, context);
  },
  retrieve: async (subject) => {
    const { ref } = (await subject.begin({ stuck: 'queued' })).snapshot;
    return (provider, context) => provider.retrieve(ref, context);
  },
  submitToolOutputs: async (subject) => {
    const { begun, waiting } = await subject.beginWaiting();
    const given = subject.answering(begun, waiting);
    return (provider, context) => provider.submitToolOutputs(given, context);
  },
  cancel: async (subject) => {
    const { ref } = (await subject.begin({ stuck: 'queued' })).snapshot;
    return (provider, context) => provider.cancel(ref, context);
  },
  'find, for a create': async (subject) => {
    const given = await subject.prepared(subject.asking());
    return (provider, context) => provider.find(given, context);
  },
  'find, for a submit': async (subject) => {
    const { begun, waiting } = await subject.beginWaiting();
    const given = subject.answering(begun, waiting);
    return (provider, context) => provider.find({ ...given, submittedTo: given.ref }, context);
  },
};

/** Longer than any test: what is ended by it was not ended by the signal. */
const foreverMs = 600_000;

export function testAborts(subject: Subject): void {
  describe('the signal ends', () => {
    test.each(Object.entries(methods))('%s', async (_name, ready) => {
      const call = await ready(subject);
      const truth = new Truth(subject);
      const fault = { kind: 'delay', ms: foreverMs, when: 'before' } as const;
      subject.simulator.addFault({ on: '*', times: null, fault });
      const caller = new AbortController();
      const context = new CountingContext(caller.signal);
      const outcome = outcomeOf(call(subject.provider, context));
      // A method that asks nothing has nothing to end.
      await Promise.race([truth.faulted(), outcome]);
      caller.abort();
      const hasAsked = Object.keys(context.calls).length > 0;
      expect(await outcome).toMatchObject(
        hasAsked ? { kind: 'problem', problem: { type: 'provider.timeout' } } : { kind: 'reply' },
      );
    });
  });
}
