import type { SourceChange } from '../../../chaos/stage/sources.ts';
import type { Repertoire } from '../../../chaos/plan.ts';
import { forge } from '../../../chaos/injections/forgeries.ts';
import { cutBridgesFromTemporal, impatient, kindsCalled, quoteTheKey } from './repertoire.ts';

/** A rule of the design, broken on purpose. */
export interface Mutation {
  readonly rule: string;
  readonly changes: readonly SourceChange[];
  /** As little as shows it. */
  readonly repertoire: Required<Repertoire>;
  readonly runs: number;
  /** What the campaign must report: these invariants, and no other. */
  readonly violated: readonly string[];
}

export const mutations: readonly Mutation[] = [
  {
    rule: 'adoption: what a lost create has made is looked for before another is made',
    changes: [
      {
        file: 'workflows/lostReply.ts',
        from: 'const found = await findLost(run, call);',
        to: "const found: Looked = { kind: 'not_found' };",
      },
    ],
    repertoire: { kinds: kindsCalled(['lost-create'], 'response'), injections: [] },
    runs: 4,
    violated: ['nothing is paid for twice that could be found'],
  },
  {
    rule: 'submit once: a submit that may have worked is not just repeated',
    changes: [
      {
        file: 'activities/providerFailure.ts',
        from: "if (!facts.repeatable && problem.details.effect === 'unknown') return false;",
        to: '',
      },
    ],
    repertoire: { kinds: kindsCalled(['lost-submit'], 'response'), injections: [] },
    runs: 4,
    violated: [
      'every run has met what its kind is for',
      'what the provider has made is in the results',
      'nothing is paid for twice that could be found',
      'the outputs of a tool round are accepted once',
    ],
  },
  {
    rule: 'deduplication: a tool call is known again after a restart',
    changes: [
      {
        file: 'core/toolLedger.ts',
        from: 'const earlier = reuseAfterRestart\n      ?',
        to: 'const earlier = Math.abs(0) > 0\n      ?',
      },
    ],
    repertoire: { kinds: kindsCalled(['restart-with-tools']), injections: [] },
    runs: 4,
    violated: ['every tool call acts once'],
  },
  {
    rule: 'acknowledging late: a webhook is answered when Temporal has it',
    changes: [
      {
        file: 'bridge/webhookRoute.ts',
        from: 'const delivery = await slots.run(() => deliver(delivering, { ...verified, eventType }), wasTooMuch);',
        to:
          'void deliver(delivering, { ...verified, eventType }).catch(() => undefined);\n' +
          "    const delivery: Delivery | undefined = { kind: 'delivered', workflowId: '', withSnapshot: false };",
      },
    ],
    repertoire: { kinds: kindsCalled(['webhook']), injections: [cutBridgesFromTemporal] },
    runs: 20,
    violated: ['a webhook that was acknowledged has arrived'],
  },
  {
    rule: 'no orphan: what is given up is cancelled at the provider',
    changes: [
      {
        file: 'workflows/endAttempt.ts',
        from: 'activities.cancelRun({ ...run.target, ref })',
        to: 'activities.retrieveRun({ ...run.target, ref })',
      },
    ],
    repertoire: { kinds: kindsCalled(['deadline']).map(impatient), injections: [] },
    runs: 4,
    violated: ['nothing is left active', 'what was given up is cancelled at the provider'],
  },
  {
    rule: 'signed: a webhook counts if its sender knows a secret',
    changes: [
      {
        file: 'providers/webhook.ts',
        from: 'const event: unknown = await client.webhooks.unwrap(body, headers, secret);',
        to: 'const event: unknown = JSON.parse(body);',
      },
    ],
    // Its responses are under way until its deadline.
    repertoire: { kinds: kindsCalled(['deadline'], 'response').map(impatient), injections: [forge] },
    runs: 10,
    violated: ['forged and replayed webhooks change nothing'],
  },
  {
    rule: 'secrets stay out of logs',
    changes: [
      {
        file: 'bridge/main.ts',
        from: '  const signal = await waitForStop();',
        to: "  logger.info({ accounts: configuration.accounts }, 'accounts');\n  const signal = await waitForStop();",
      },
    ],
    repertoire: { kinds: kindsCalled(['webhook']), injections: [] },
    runs: 2,
    violated: ['no secret gets out'],
  },
  {
    rule: 'what a provider says is told without secrets',
    changes: [{ file: 'core/redact.ts', from: 'let clean = text;', to: 'return text;\n  let clean = text;' }],
    repertoire: { kinds: kindsCalled(['webhook'], 'response'), injections: [quoteTheKey] },
    runs: 20,
    violated: ['no secret gets out'],
  },
];
