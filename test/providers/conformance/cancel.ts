import { describe, expect, test } from 'vitest';
import type { ProviderRef, Snapshot } from '../../../core/snapshot.ts';
import { isTerminal } from '../../../core/snapshot.ts';
import type { CommonScript } from './dialects.ts';
import type { Subject } from './subject.ts';
import { expectAgreement, StrictContext, Truth } from './truth.ts';

/** Asking for the end. */
export function testCancel(subject: Subject): void {
  const cancel = (ref: ProviderRef): Promise<Snapshot> =>
    subject.provider.cancel(ref, new StrictContext(subject));

  /** What a cancel came to, in the end. */
  async function ended(snapshot: Snapshot): Promise<Snapshot> {
    return isTerminal(snapshot) ? snapshot : subject.follow(snapshot.ref, 'cancelled');
  }

  describe('cancel', () => {
    test.each(['queued', 'in_progress'] as const)('ends what is %s, also a second time', async (status) => {
      const { tag, snapshot } = await subject.begin({ stuck: status });
      const { ref } = await subject.follow(snapshot.ref, status);
      const first = await cancel(ref);
      expect(['cancelling', 'cancelled']).toContain(first.status);
      const second = await cancel(ref);
      expect(['cancelling', 'cancelled']).toContain(second.status);
      expect(await subject.follow(ref, 'cancelled')).toMatchObject({ ref, tag });
      expect(await cancel(ref)).toMatchObject({ status: 'cancelled', ref });
      const [report] = subject.simulator.report({ by: ['durable_run_id'] }).tags;
      expect(report).toMatchObject({ created: 1, active: [], byStatus: { cancelled: 1 } });
    });

    const ends: readonly ['completed' | 'failed' | 'incomplete' | 'cancelled', CommonScript][] = [
      ['completed', { answer: 'forty-two' }],
      ['failed', { error: { code: 'server_error' } }],
      ['incomplete', { end: 'incomplete' }],
      ['cancelled', { end: 'cancelled' }],
    ];
    test.each(ends)('of what is %s gives that end', async (status, script) => {
      const { ref } = (await subject.begin(script)).snapshot;
      const end = await subject.follow(ref, status);
      const truth = new Truth(subject);
      const context = new StrictContext(subject);
      expect(await subject.provider.cancel(ref, context)).toEqual(end);
      await expectAgreement(truth, context);
      expect(truth.changes).toEqual([]);
    });

    test('of what waits for outputs ends as cancelled, and nothing is at work', async () => {
      const { waiting } = await subject.beginWaiting();
      const first = await cancel(waiting.ref);
      expect(['cancelling', 'cancelled']).toContain(first.status);
      expect(await ended(first)).toMatchObject({ status: 'cancelled', ref: waiting.ref });
      expect((await ended(await cancel(waiting.ref))).status).toBe('cancelled');
      const [report] = subject.simulator.report({ by: ['durable_run_id'] }).tags;
      expect(report).toMatchObject({ created: 1, active: [], submits: { accepted: 0, refused: 0 } });
    });
  });

  describe('a ref that the API does not know any more is lost', () => {
    test.each(['retrieve', 'cancel'] as const)('%s', async (method) => {
      const { ref } = (await subject.begin({ stuck: 'in_progress' })).snapshot;
      subject.simulator.reset();
      const truth = new Truth(subject);
      const context = new StrictContext(subject);
      const lost = await subject.provider[method](ref, context);
      expect(lost).toEqual({ status: 'lost', ref, message: expect.stringContaining('404') });
      await expectAgreement(truth, context);
    });
  });
}
