import { describe, expect, test } from 'vitest';
import type { SnapshotStatus } from '../../../core/snapshot.ts';
import { SIMULATOR_MODEL } from '../../../simulator/index.ts';
import type { CommonScript } from './dialects.ts';
import type { Subject } from './subject.ts';
import { tools } from './tools.ts';
import { expectAgreement, StrictContext, Truth } from './truth.ts';

/** Creating an attempt, and following it to its end. */
export function testLifecycle(subject: Subject): void {
  describe('create', () => {
    test('makes one attempt with our tag, prepared at most once, for nothing', async () => {
      const truth = new Truth(subject);
      const context = new StrictContext(subject);
      const given = subject.asking({}, { stuck: 'queued' });
      const { snapshot } = await subject.create(given, context);
      expect(snapshot).toMatchObject({ status: 'queued', ref: { id: expect.any(String) }, tag: given.tag });
      expect(truth.created).toEqual([snapshot.ref.id]);
      await expectAgreement(truth, context);
    });

    test('a preparation has made nothing that is paid for', async () => {
      const truth = new Truth(subject);
      const given = await subject.prepared(subject.asking());
      expect(truth.changes).toEqual([]);
      const context = new StrictContext(subject);
      expect(await subject.provider.create(given, context)).toMatchObject({ kind: 'created' });
      expect(context.calls).toEqual({ create: 1 });
    });

    test('the next attempt goes with the request that the first has left, and has the message too', async () => {
      const script = { by: 'durable_run_id', attempts: [{ end: 'failed' as const }, {}] };
      const { tag, request, snapshot } = await subject.begin(script);
      await subject.follow(snapshot.ref, 'failed');
      const next = { ...tag, attempt: 2 };
      const inputDelivered = true;
      const again = await subject.create(subject.asking({ tag: next, request, inputDelivered }));
      expect(again.snapshot.ref.id).not.toBe(snapshot.ref.id);
      const { output, tag: shown } = await subject.follow(again.snapshot.ref, 'completed');
      expect(output.text).toContain('4');
      expect(shown).toEqual(next);
    });

    test('offers the tools that the run names', async () => {
      const { snapshot } = await subject.create(subject.asking({ tools, input: 'Add 2 and 3' }));
      const { toolCalls } = await subject.follow(snapshot.ref, 'requires_action');
      expect(toolCalls).toMatchObject([{ name: 'add' }]);
    });
  });

  describe('retrieve', () => {
    const ends: readonly [SnapshotStatus, CommonScript, object][] = [
      ['queued', { stuck: 'queued' }, {}],
      ['in_progress', { stuck: 'in_progress' }, {}],
      ['completed', { answer: 'forty-two' }, { output: { text: 'forty-two' } }],
      [
        'failed',
        { error: { code: 'rate_limit_exceeded', message: 'Too fast' } },
        { error: { code: 'rate_limit_exceeded', message: 'Too fast' } },
      ],
      ['failed', { end: 'failed' }, { error: { code: 'server_error', message: expect.any(String) } }],
      ['incomplete', { end: 'incomplete' }, { reason: expect.stringMatching(/^[a-z_]+$/) }],
      ['cancelled', { end: 'cancelled' }, {}],
      ['unknown', { status: 'meditating' }, { reported: 'meditating' }],
      [
        'requires_action',
        { rounds: [[{ name: 'none', arguments: '{bad' }]] },
        { toolCalls: [{ callId: expect.any(String), name: 'none', arguments: '{bad' }] },
      ],
    ];
    test.each(ends)('%s is a snapshot: %j', async (status, script, expected) => {
      const { tag, snapshot } = await subject.begin(script);
      const found = await subject.follow(snapshot.ref, status);
      expect(found).toMatchObject({ status, ref: snapshot.ref, tag, model: SIMULATOR_MODEL, ...expected });
    });

    test('the end has usage, and a time', async () => {
      const { snapshot } = await subject.begin({ usage: { prompt: 100, completion: 7 } });
      const { usage, endedAtMs } = await subject.follow(snapshot.ref, 'completed');
      expect(usage).toMatchObject({ inputTokens: 100, outputTokens: 7, totalTokens: 107 });
      expect(endedAtMs).toBeGreaterThan(1.6e12);
      expect(endedAtMs).toBeLessThan(4e12);
    });

    test('the end stays the end', async () => {
      const { snapshot } = await subject.begin({ answer: 'forty-two' });
      const first = await subject.follow(snapshot.ref, 'completed');
      expect(await subject.follow(snapshot.ref, 'completed')).toEqual(first);
    });
  });
}
