import { describe, expect, test } from 'vitest';
import { failureTypes } from '../../core/failures.ts';
import type { RunStatus } from '../../core/result.ts';
import { decideAfter, failureTypeOf, type AttemptEnd, type Verdict } from '../../core/verdict.ts';
import { policyOf } from './support.ts';

const restart = (delayMs: number): Verdict => ({ kind: 'restart', delayMs });
const finish = (status: RunStatus): Verdict => ({ kind: 'finish', status });

const completed: AttemptEnd = { outcome: 'completed', output: { text: '4' } };
const incomplete: AttemptEnd = { outcome: 'incomplete', error: { code: 'max_prompt_tokens', message: '' } };
const cancelled: AttemptEnd = { outcome: 'cancelled', error: { code: 'run.cancelled', message: '' } };
const lost: AttemptEnd = { outcome: 'lost', error: { code: 'run.lost', message: '' } };
const expired: AttemptEnd = { outcome: 'expired', error: { code: 'run.expired', message: '' } };
const queuedTooLong: AttemptEnd = {
  outcome: 'queued_too_long',
  error: { code: 'run.queued_too_long', message: '' },
};
/** Its cancel was not accepted. */
const mayBeQueuedStill: AttemptEnd = { ...queuedTooLong, mayLive: true };
const failed = (code: string): AttemptEnd => ({ outcome: 'failed', error: { code, message: '' } });
const gaveUp = (code: string): AttemptEnd => ({ outcome: 'gave_up', error: { code, message: '' } });

const three = policyOf();
const one = policyOf({ restarts: { maximumAttempts: 1 } });
const failWhenQueued = policyOf({ deadlines: { whenQueuedTooLong: 'fail' } });
const ownCodes = policyOf({ restarts: { failedCodes: ['invalid_prompt'], initialMs: 10, factor: 3 } });
const capped = policyOf({
  restarts: { maximumAttempts: 10, initialMs: 1_000, factor: 10, maximumMs: 5_000 },
});

describe('decideAfter', () => {
  test.each([
    ['completed is the end', completed, three, 1, finish('completed')],
    ['completed is the end, also at the limit', completed, one, 1, finish('completed')],
    ['incomplete is the end: more of the same would come', incomplete, three, 1, finish('incomplete')],
    ['cancelled at the provider is the end', cancelled, three, 1, finish('cancelled')],
    ['lost is the end: it may have acted', lost, three, 1, finish('lost')],

    ['rate limit, 1st attempt', failed('rate_limit_exceeded'), three, 1, restart(2_000)],
    ['rate limit, 2nd attempt', failed('rate_limit_exceeded'), three, 2, restart(4_000)],
    ['rate limit, last attempt', failed('rate_limit_exceeded'), three, 3, finish('failed')],
    ['server error, 1st attempt', failed('server_error'), three, 1, restart(2_000)],
    ['server error, only attempt', failed('server_error'), one, 1, finish('failed')],
    ['invalid prompt never', failed('invalid_prompt'), three, 1, finish('failed')],
    ['a code nobody knows', failed('unknown'), three, 1, finish('failed')],
    ['no code', failed(''), three, 1, finish('failed')],
    ['codes of the user', failed('invalid_prompt'), ownCodes, 1, restart(10)],
    ['codes of the user, 2nd', failed('invalid_prompt'), ownCodes, 2, restart(30)],
    ['codes of the user replace ours', failed('server_error'), ownCodes, 1, finish('failed')],
    ['the delay is capped', failed('server_error'), capped, 3, restart(5_000)],

    ['expired, 1st attempt: at once', expired, three, 1, restart(0)],
    ['expired, 2nd attempt', expired, three, 2, restart(0)],
    ['expired, last attempt', expired, three, 3, finish('expired')],
    ['expired, past the limit', expired, three, 4, finish('expired')],
    ['expired, only attempt', expired, one, 1, finish('expired')],

    ['queued too long, restart', queuedTooLong, three, 1, restart(0)],
    ['queued too long, last attempt', queuedTooLong, three, 3, finish('queued_too_long')],
    ['queued too long, but it may still live', mayBeQueuedStill, three, 1, finish('queued_too_long')],
    ['queued too long, fail', queuedTooLong, failWhenQueued, 1, finish('queued_too_long')],

    ['gave up by a deadline', gaveUp(failureTypes.runTimedOut), three, 1, finish('timed_out')],
    ['gave up: outputs refused', gaveUp(failureTypes.invalidRequest), three, 1, finish('failed')],
    ['gave up: a code that failed runs retry', gaveUp('server_error'), three, 1, finish('failed')],
  ] as const)('%s', (_name, end, policy, attempts, verdict) => {
    expect(decideAfter(end, policy, attempts)).toEqual(verdict);
  });

  test('no outcome restarts for ever', () => {
    const ends = [completed, incomplete, cancelled, lost, expired, queuedTooLong, mayBeQueuedStill];
    for (const end of [...ends, failed('server_error'), gaveUp('run.timed_out')]) {
      expect(decideAfter(end, three, three.restarts.maximumAttempts).kind).toBe('finish');
    }
  });
});

describe('failureTypeOf', () => {
  test.each([
    ['failed', 'run.failed'],
    ['incomplete', 'run.incomplete'],
    ['cancelled', 'run.cancelled'],
    ['expired', 'run.expired'],
    ['lost', 'run.lost'],
    ['timed_out', 'run.timed_out'],
    ['queued_too_long', 'run.queued_too_long'],
    ['thread_busy', 'run.thread_busy'],
    ['not_created', 'run.not_created'],
    ['invalid_input', 'run.invalid_input'],
  ] as const)('%s is %s', (status, type) => {
    expect(failureTypeOf(status)).toBe(type);
  });
});
