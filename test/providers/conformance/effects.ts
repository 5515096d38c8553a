import { describe, expect, test } from 'vitest';
import { totalCalls } from '../../../core/calls.ts';
import type { EndpointName } from '../../../simulator/http/endpoints.ts';
import type { CallContext, Provider } from '../../../providers/provider.ts';
import { closedPort } from '../support.ts';
import { faultCases, type FaultCase } from './faults.ts';
import { claimOf, claimOfCancel, honestClaims, outcomeOf, type Claim } from './outcomes.ts';
import type { Subject } from './subject.ts';
import { StrictContext, Truth } from './truth.ts';
import { underFault } from './underFault.ts';

/** A call that is ready to be made: everything before it has been done. */
interface Ready {
  readonly endpoint: EndpointName;
  /** Makes it, and tells what it claims to have done. */
  readonly send: (provider: Provider, context: CallContext) => Promise<Claim>;
}

/** The calls that cost something, or act. */
const calls: Readonly<Record<string, (subject: Subject) => Promise<Ready>>> = {
  create: async (subject) => {
    const given = await subject.prepared(subject.asking());
    return {
      endpoint: subject.dialect.endpoints.create,
      send: async (provider, context) => claimOf(await outcomeOf(provider.create(given, context))),
    };
  },
  submitToolOutputs: async (subject) => {
    const { begun, waiting } = await subject.beginWaiting();
    const given = subject.answering(begun, waiting);
    return {
      endpoint: subject.dialect.endpoints.submitToolOutputs,
      send: async (provider, context) => claimOf(await outcomeOf(provider.submitToolOutputs(given, context))),
    };
  },
  cancel: async (subject) => {
    const { ref } = (await subject.begin({ stuck: 'in_progress' })).snapshot;
    await subject.follow(ref, 'in_progress');
    return {
      endpoint: subject.dialect.endpoints.cancel,
      send: async (provider, context) => claimOfCancel(await outcomeOf(provider.cancel(ref, context))),
    };
  },
};

const refused: FaultCase = { label: '', fault: { kind: 'status', status: 403 }, isGivenUp: false };

/**
 * An effect decides whether a create or a submit is sent again: `none` where something was done is a run paid twice, or a tool that acted
 * twice. `unknown` is always allowed.
 */
export function testEffects(subject: Subject): void {
  const { provider } = subject;

  describe.each(Object.entries(calls))(
    'the effect of %s is never less than what was done',
    (_name, ready) => {
      test.each(faultCases)('$label', async (faultCase) => {
        const { endpoint: on, send } = await ready(subject);
        const { result, truth } = await underFault(subject, faultCase, { on }, (context) =>
          send(provider, context),
        );
        expect(honestClaims(truth.changes.length > 0)).toContain(result);
      });

      test('a later request of the same call is refused', async () => {
        const { send } = await ready(subject);
        const rule = { on: '*', after: 1, times: null } as const;
        const { result, truth } = await underFault(subject, refused, rule, (context) =>
          send(provider, context),
        );
        expect(honestClaims(truth.changes.length > 0)).toContain(result);
      });
    },
  );

  // Were these `unknown` too, nothing could ever be tried again without a look, and what cannot be searched would wait for a webhook.
  describe.each(Object.entries(calls))('%s says so when it has certainly done nothing', (_name, ready) => {
    test('nobody listens', async () => {
      const { send } = await ready(subject);
      const truth = new Truth(subject);
      const elsewhere = subject.providerWith({ baseURL: await closedPort() });
      const context = new StrictContext(subject);
      expect(await send(elsewhere, context)).toBe('none');
      expect(truth.changes).toEqual([]);
      expect(totalCalls(context.calls)).toBe(1);
    });

    test('there were too many requests', async () => {
      const { endpoint, send } = await ready(subject);
      subject.simulator.addFault({ on: endpoint, fault: { kind: 'status', status: 429 } });
      expect(await send(provider, new StrictContext(subject))).toBe('none');
    });
  });
}
