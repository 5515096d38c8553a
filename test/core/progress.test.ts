import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  beginAttempt,
  believe,
  continueAttempt,
  isNews,
  isPast,
  observe,
  prepareAttempt,
} from '../../core/attempt.ts';
import { attemptNumber, beginProgress, type CurrentAttempt, type RunProgress } from '../../core/progress.ts';
import { recordUsage, totalUsage, usageOf } from '../../core/spending.ts';
import type { ProviderRef, Snapshot } from '../../core/snapshot.ts';
import { addUsage, noUsage, type Usage } from '../../core/usage.ts';
import { attemptOf } from './support.ts';
import { usages } from './snapshots.ts';

const usageOfTokens = (inputTokens: number): Usage => ({ ...noUsage, inputTokens, totalTokens: inputTokens });
const queued = (id: string, given: Partial<Snapshot> = {}): Snapshot => ({
  ref: { id },
  ...given,
  status: 'queued',
});

/** A run whose first attempt has just been made. */
function begun(snapshot: Snapshot = queued('resp_1')): { progress: RunProgress; attempt: CurrentAttempt } {
  const progress = beginProgress({}, 1_000);
  return { progress, attempt: beginAttempt(progress, snapshot, 2_000, false) };
}

describe('beginAttempt', () => {
  test('makes what the snapshot says of it', () => {
    const { progress, attempt } = begun({
      ref: { id: 'run_1', containerId: 'thread_1' },
      status: 'in_progress',
      expiresAtMs: 9_000,
      model: 'gpt-6',
      usage: usageOfTokens(5),
    });
    expect(progress.current).toBe(attempt);
    expect(attempt).toEqual({
      number: 1,
      ref: { id: 'run_1', containerId: 'thread_1' },
      earlierRefs: [],
      adopted: false,
      createdAtMs: 2_000,
      refSinceMs: 2_000,
      status: 'in_progress',
      queued: false,
      expiresAtMs: 9_000,
      // The reply to a create proves nothing of reads.
      wasRead: false,
      misses: 0,
      rounds: 0,
      answeredCallIds: [],
      waitedMs: 0,
      checks: 0,
    });
    expect(progress).toMatchObject({ createdAtMs: 2_000, model: 'gpt-6', inputDelivered: true });
    expect(totalUsage(progress)).toEqual(usageOfTokens(5));
  });

  test('what was lost on the way to it is over; the time of the first attempt stays', () => {
    const { progress, attempt } = begun();
    progress.ended.push({ ...attempt, outcome: 'expired', endedAtMs: 3_000 });
    progress.current = null;
    progress.sending = { lostReplies: 3, threadBusy: 2, isRepetition: true };
    expect(attemptNumber(progress)).toBe(2);
    const second = beginAttempt(progress, queued('resp_2'), 4_000, true);
    expect(progress.sending).toEqual({ lostReplies: 0, threadBusy: 0, isRepetition: false });
    expect(second).toMatchObject({ number: 2, adopted: true, createdAtMs: 4_000, queued: true });
    expect(progress.createdAtMs).toBe(2_000);
  });
});

describe('prepareAttempt', () => {
  test('what was lost before anything is paid for does not count for what is', () => {
    const progress = beginProgress({ model: 'gpt-6' }, 1_000);
    progress.sending = { lostReplies: 2, threadBusy: 0, isRepetition: true };
    prepareAttempt(progress, { model: 'gpt-6', thread_id: 'thread_1' }, true);
    expect(progress).toMatchObject({
      request: { model: 'gpt-6', thread_id: 'thread_1' },
      inputDelivered: true,
      sending: { lostReplies: 0, threadBusy: 0, isRepetition: false },
      current: null,
    });
  });
});

describe('continueAttempt', () => {
  test('with the same ref: the calls are answered, and the attempt goes on as it was', () => {
    const { progress, attempt } = begun();
    Object.assign(attempt, { queued: false, expiresAtMs: 9_000, checks: 4, waitedMs: 700 });
    continueAttempt(progress, attempt, ['c1', 'c2'], queued('resp_1'), 5_000);
    expect(attempt).toMatchObject({
      ref: { id: 'resp_1' },
      earlierRefs: [],
      refSinceMs: 2_000,
      queued: false,
      expiresAtMs: 9_000,
      rounds: 1,
      answeredCallIds: ['c1', 'c2'],
      checks: 0,
      waitedMs: 700,
    });
  });

  test('with a new ref: that one is worked on, in a queue and with an expiry of its own', () => {
    const { progress, attempt } = begun();
    Object.assign(attempt, { queued: false, expiresAtMs: 9_000, checks: 4, waitedMs: 700 });
    continueAttempt(progress, attempt, ['c1'], queued('resp_2'), 5_000);
    continueAttempt(progress, attempt, ['c2'], queued('resp_3'), 6_000);
    expect(attempt).toMatchObject({
      number: 1,
      ref: { id: 'resp_3' },
      earlierRefs: [{ id: 'resp_1' }, { id: 'resp_2' }],
      createdAtMs: 2_000,
      refSinceMs: 6_000,
      queued: true,
      expiresAtMs: null,
      rounds: 2,
      answeredCallIds: ['c1', 'c2'],
      checks: 0,
      waitedMs: 700,
    });
  });

  test('a ref is the same when its id is, whatever else is said of it: what is known stays', () => {
    const { progress, attempt } = begun({ ref: { id: 'run_1', containerId: 'thread_1' }, status: 'queued' });
    continueAttempt(progress, attempt, ['c1'], queued('run_1'), 5_000);
    expect(attempt).toMatchObject({ ref: { id: 'run_1', containerId: 'thread_1' }, earlierRefs: [] });
  });

  test('the same ref is one that has been read; a new one has not, and may not be everywhere yet', () => {
    const { progress, attempt } = begun();
    Object.assign(attempt, { wasRead: true, misses: 2 });
    continueAttempt(progress, attempt, ['c1'], queued('resp_1'), 5_000);
    expect(attempt).toMatchObject({ wasRead: true, misses: 2 });
    continueAttempt(progress, attempt, ['c2'], queued('resp_2'), 6_000);
    expect(attempt).toMatchObject({ wasRead: false, misses: 0 });
  });

  test('a reply that was lost on the way is over', () => {
    const { progress, attempt } = begun();
    progress.sending = { lostReplies: 1, threadBusy: 0, isRepetition: true };
    continueAttempt(progress, attempt, [], queued('resp_1'), 5_000);
    expect(progress.sending).toEqual({ lostReplies: 0, threadBusy: 0, isRepetition: false });
  });
});

describe('observe', () => {
  test('keeps what is known where a snapshot says nothing', () => {
    const { progress, attempt } = begun(
      queued('resp_1', { expiresAtMs: 9_000, model: 'gpt-6', endedAtMs: 8_000 }),
    );
    observe(progress, attempt, { ref: attempt.ref, status: 'in_progress' });
    expect(attempt).toMatchObject({ status: 'in_progress', queued: false, expiresAtMs: 9_000 });
    expect(progress).toMatchObject({ model: 'gpt-6', providerEndedAtMs: 8_000 });
  });

  test('of what is lost, what was heard last is all there is', () => {
    const { progress, attempt } = begun();
    observe(progress, attempt, { ref: attempt.ref, status: 'in_progress' });
    observe(progress, attempt, { ref: attempt.ref, status: 'lost', message: '404' });
    expect(attempt.status).toBe('in_progress');
  });

  test('an unknown status is told in the provider’s word', () => {
    const { progress, attempt } = begun();
    observe(progress, attempt, { ref: attempt.ref, status: 'unknown', reported: 'meditating' });
    expect(attempt).toMatchObject({ status: 'meditating', queued: false });
  });
});

describe('believe', () => {
  const { ref } = attemptOf();
  const gone: Snapshot = { ref, status: 'lost', message: '404' };
  const there: Snapshot = { ref, status: 'in_progress' };

  test('what has never been read is lost the third time that it is not there', () => {
    const attempt = attemptOf();
    expect([gone, gone, gone, gone].map((snapshot) => believe(attempt, snapshot))).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  test.each(['queued', 'in_progress', 'cancelling', 'cancelled', 'expired'] as const)(
    'what has been read, as %s, is lost at once, however often it was not there before',
    (status) => {
      const attempt = attemptOf();
      expect(believe(attempt, gone)).toBe(false);
      expect(believe(attempt, { ref, status })).toBe(true);
      expect(believe(attempt, gone)).toBe(true);
    },
  );

  test('a new ref is given its own time', () => {
    const { progress, attempt } = begun();
    believe(attempt, there);
    continueAttempt(progress, attempt, ['c1'], queued('resp_2'), 5_000);
    const lost: Snapshot = { ref: { id: 'resp_2' }, status: 'lost', message: '404' };
    expect([lost, lost, lost].map((snapshot) => believe(attempt, snapshot))).toEqual([false, false, true]);
  });

  test('how often it was not there survives continue-as-new', () => {
    const attempt = attemptOf();
    for (const expected of [false, false]) expect(believe(attempt, gone)).toBe(expected);
    expect(believe(JSON.parse(JSON.stringify(attempt)), gone)).toBe(true);
  });
});

describe('isNews', () => {
  const attempt = attemptOf({ answeredCallIds: ['c1'] });
  const { ref } = attempt;
  const asking = (...callIds: string[]): Snapshot => ({
    ref,
    status: 'requires_action',
    toolCalls: callIds.map((callId) => ({ callId, name: 'add', arguments: '{}' })),
  });
  test.each<[string, Snapshot, boolean]>([
    ['an end', { ref, status: 'cancelled' }, true],
    ['work', { ref, status: 'in_progress' }, false],
    ['a call that has its answer', asking('c1'), false],
    ['a call that has none, beside one that has', asking('c1', 'c2'), true],
    ['a call with the name of something that every object has', asking('constructor'), true],
  ])('%s', (_name, snapshot, expected) => {
    expect(isNews(attempt, snapshot)).toBe(expected);
  });
});

describe('what it has cost', () => {
  test('of one ref the last word counts; what says nothing takes nothing back', () => {
    const { progress, attempt } = begun(queued('resp_1', { usage: usageOfTokens(100) }));
    observe(progress, attempt, queued('resp_1', { usage: usageOfTokens(120) }));
    observe(progress, attempt, queued('resp_1'));
    expect(totalUsage(progress)).toEqual(usageOfTokens(120));
    expect(usageOf(progress, [{ id: 'resp_1', containerId: 'x' }])).toEqual(usageOfTokens(120));
  });

  test('an attempt has cost what its refs have cost together', () => {
    const { progress, attempt } = begun(queued('resp_1', { usage: usageOfTokens(100) }));
    continueAttempt(progress, attempt, ['c1'], queued('resp_2'), 5_000);
    expect(usageOf(progress, [...attempt.earlierRefs, attempt.ref])).toEqual(usageOfTokens(100));
    observe(progress, attempt, queued('resp_2', { usage: usageOfTokens(30) }));
    recordUsage(progress, queued('resp_other', { usage: usageOfTokens(7) }));
    expect(usageOf(progress, [...attempt.earlierRefs, attempt.ref])).toEqual(usageOfTokens(130));
    expect(totalUsage(progress)).toEqual(usageOfTokens(137));
  });

  test('what nobody has told of is not known, and that is not nothing', () => {
    const { progress } = begun(queued('resp_1', { usage: noUsage }));
    expect(usageOf(progress, [{ id: 'resp_2' }])).toBeNull();
    expect(usageOf(progress, [])).toBeNull();
    expect(usageOf(progress, [{ id: 'resp_1' }])).toEqual(noUsage);
    expect(totalUsage(beginProgress({}, 0))).toEqual(noUsage);
  });

  test('each ref counts once, with its last word, whatever their ids, in whatever order, over continue-as-new', () => {
    const id = fc.oneof(
      fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', '0', ''),
      fc.string({ maxLength: 2 }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(id, usages), { maxLength: 20 }), (told) => {
        const first = beginProgress({}, 0);
        const half = Math.floor(told.length / 2);
        for (const [own, usage] of told.slice(0, half)) recordUsage(first, queued(own, { usage }));
        const progress: RunProgress = { ...first, spent: structuredClone(first.spent) };
        for (const [own, usage] of told.slice(half)) recordUsage(progress, queued(own, { usage }));

        const last = new Map(told);
        for (const [own, usage] of last) expect(usageOf(progress, [{ id: own }])).toEqual(usage);
        const sum = [...last.values()].reduce(addUsage, noUsage);
        expect(totalUsage(progress)).toEqual(sum);
        const refs = [...last.keys()].map((own): ProviderRef => ({ id: own }));
        expect(usageOf(progress, [...refs, ...refs])).toEqual(last.size === 0 ? null : sum);
      }),
    );
  });
});

describe('isPast', () => {
  const progress: RunProgress = {
    ...beginProgress({}, 0),
    current: attemptOf({ number: 2, ref: { id: 'now' }, earlierRefs: [{ id: 'before' }] }),
    ended: [
      {
        number: 1,
        ref: { id: 'ended' },
        earlierRefs: [{ id: 'before-ended' }],
        outcome: 'expired',
        createdAtMs: 0,
        endedAtMs: 1,
        adopted: false,
      },
    ],
    orphans: [{ id: 'orphan' }],
  };

  test.each([
    ['now', false],
    ['never heard of', false],
    ['before', true],
    ['ended', true],
    ['before-ended', true],
    ['orphan', true],
    ['constructor', false],
  ])('%s: %s', (id, expected) => {
    expect(isPast(progress, { id, containerId: 'any' })).toBe(expected);
  });

  test('between two attempts', () => {
    expect(isPast({ ...progress, current: null }, { id: 'ended' })).toBe(true);
    expect(isPast({ ...progress, current: null }, { id: 'now' })).toBe(false);
  });

  test('an orphan costs something, and belongs to no attempt', () => {
    const spent = [{ ref: { id: 'orphan' }, usage: usageOfTokens(9) }];
    const run = { ...progress, spent };
    expect(totalUsage(run)).toEqual(usageOfTokens(9));
    expect(usageOf(run, [{ id: 'before-ended' }, { id: 'ended' }])).toBeNull();
  });
});
