import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { getPolicySchema, waitModes, type PolicyInput } from '../../core/policy.ts';

describe('the default policy', () => {
  test('polls after 0.5 s, times 1.5, at most 5 s apart, 60 s in total', () => {
    expect(getPolicySchema().parse({}).wait).toEqual({
      mode: 'polling',
      initialMs: 500,
      factor: 1.5,
      maximumMs: 5_000,
      totalMs: 60_000,
    });
  });

  // Every number in one place: a default that changes, changes what old histories replay to.
  test('is what the documents say', () => {
    expect(getPolicySchema().parse({})).toEqual({
      wait: { mode: 'polling', initialMs: 500, factor: 1.5, maximumMs: 5_000, totalMs: 60_000 },
      deadlines: { totalMs: 3_600_000, queuedMs: null, whenQueuedTooLong: 'restart' },
      restarts: {
        maximumAttempts: 3,
        failedCodes: ['rate_limit_exceeded', 'server_error'],
        initialMs: 2_000,
        factor: 2,
        maximumMs: 60_000,
      },
      whenThreadBusy: 'wait',
      calls: { timeoutMs: 30_000, initialMs: 500, factor: 2, maximumMs: 30_000, maximumAttempts: 12 },
      lostCreate: { settleMs: 1_000, webhookMs: 30_000, whenNotFound: 'recreate' },
      cancel: { confirmMs: 10_000 },
      continueAsNew: { afterEvents: null },
    });
  });

  test.each([
    ['relaxed', { mode: 'relaxed', initialMs: 2_500, factor: 1.5, maximumMs: 15_000, totalMs: 600_000 }],
    ['webhook', { mode: 'webhook', initialMs: 30_000, factor: 2, maximumMs: 240_000, totalMs: null }],
  ] as const)('waits in mode %s with numbers of its own', (mode, wait) => {
    expect(getPolicySchema().parse({ wait: { mode } }).wait).toEqual(wait);
  });

  test('never looks faster than every 2 s in relaxed mode', () => {
    expect(getPolicySchema().parse({ wait: { mode: 'relaxed' } }).wait.initialMs).toBeGreaterThanOrEqual(
      2_000,
    );
  });

  test.each(waitModes)('never sleeps past the ten minutes after which a result may vanish: %s', (mode) => {
    expect(getPolicySchema().parse({ wait: { mode } }).wait.maximumMs).toBeLessThan(600_000);
  });

  test.each([
    ['polling', 30_000],
    ['relaxed', 60_000],
    ['webhook', 600_000],
  ] as const)('in mode %s waits %i ms for the webhook of what a lost call has made', (mode, webhookMs) => {
    expect(getPolicySchema().parse({ wait: { mode } }).lostCreate.webhookMs).toBe(webhookMs);
  });

  test('never restarts for an invalid prompt', () => {
    expect(getPolicySchema().parse({}).restarts.failedCodes).not.toContain('invalid_prompt');
  });
});

describe('a policy of a user', () => {
  test('each number of the wait replaces the one of its mode, and only that', () => {
    const wait = getPolicySchema().parse({ wait: { mode: 'webhook', initialMs: 10, totalMs: 5_000 } }).wait;
    expect(wait).toEqual({ mode: 'webhook', initialMs: 10, factor: 2, maximumMs: 240_000, totalMs: 5_000 });
  });

  test('totalMs: null lifts the limit of a mode that has one', () => {
    expect(getPolicySchema().parse({ wait: { totalMs: null } }).wait.totalMs).toBeNull();
  });

  test.each([0, 1, 90_000])('lostCreate.webhookMs: %i is what counts, whatever the mode', (webhookMs) => {
    for (const mode of waitModes) {
      const policy = getPolicySchema().parse({ wait: { mode }, lostCreate: { webhookMs } });
      expect(policy.lostCreate).toEqual({ settleMs: 1_000, webhookMs, whenNotFound: 'recreate' });
    }
  });

  test.each<[string, unknown]>([
    ['a misspelt section', { waits: {} }],
    ['a misspelt wait key', { wait: { intialMs: 5 } }],
    ['a misspelt deadline', { deadlines: { total: 5 } }],
    ['a misspelt restart key', { restarts: { attempts: 2 } }],
    ['a misspelt call key', { calls: { timeout: 2_000 } }],
    ['an unknown mode', { wait: { mode: 'poll' } }],
    ['no wait at all', { wait: { initialMs: 0 } }],
    ['a negative wait', { wait: { initialMs: -1 } }],
    ['a fraction of a ms', { wait: { initialMs: 0.5 } }],
    ['a shrinking factor', { wait: { factor: 0.9 } }],
    ['a factor that explodes', { wait: { factor: 11 } }],
    ['a factor that is no number', { wait: { factor: Number.NaN } }],
    ['a total of nothing', { wait: { totalMs: 0 } }],
    ['more than a year', { deadlines: { totalMs: 366 * 24 * 3_600_000 } }],
    ['an endless run', { deadlines: { totalMs: null } }],
    ['no attempt', { restarts: { maximumAttempts: 0 } }],
    ['half an attempt', { restarts: { maximumAttempts: 1.5 } }],
    ['an unknown choice for a queue', { deadlines: { whenQueuedTooLong: 'wait' } }],
    ['an unknown choice for a busy thread', { whenThreadBusy: 'queue' }],
    ['an unknown choice for a lost create', { lostCreate: { whenNotFound: 'ignore' } }],
    ['a negative wait for a webhook', { lostCreate: { webhookMs: -1 } }],
    ['no word on the wait for a webhook', { lostCreate: { webhookMs: null } }],
    ['a misspelt key of a lost create', { lostCreate: { webhookMS: 5 } }],
    ['a call that has no time', { calls: { timeoutMs: 99 } }],
    ['a text for a number', { calls: { maximumAttempts: '3' } }],
  ])('is refused: %s', (_name, policy) => {
    expect(getPolicySchema().safeParse(policy).success).toBe(false);
  });

  test('a resolved policy resolves to itself: it travels through continue-as-new', () => {
    const positive = fc.integer({ min: 1, max: 1_000_000 });
    const anyPolicy: fc.Arbitrary<PolicyInput> = fc.record(
      {
        wait: fc.record(
          {
            mode: fc.constantFrom(...waitModes),
            initialMs: positive,
            factor: fc.double({ min: 1, max: 10, noNaN: true }),
            maximumMs: positive,
            totalMs: fc.option(positive),
          },
          { requiredKeys: [] },
        ),
        deadlines: fc.record({ totalMs: positive, queuedMs: fc.option(positive) }, { requiredKeys: [] }),
        restarts: fc.record({ failedCodes: fc.array(fc.string()) }, { requiredKeys: [] }),
        lostCreate: fc.record({ webhookMs: fc.nat(1_000_000) }, { requiredKeys: [] }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(anyPolicy, (given) => {
        const once = getPolicySchema().parse(given);
        const travelled: unknown = JSON.parse(JSON.stringify(once));
        expect(getPolicySchema().parse(travelled)).toEqual(once);
      }),
    );
  });
});
