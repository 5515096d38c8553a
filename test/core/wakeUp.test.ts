import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../../core/snapshot.ts';
import type { RunTag } from '../../core/tag.ts';
import { noUsage } from '../../core/usage.ts';
import { WakeUpInbox, type WakeUp } from '../../core/wakeUp.ts';

const tag: RunTag = { workflowId: 'w', executionId: 'e', attempt: 1, round: 0 };
const snapshotOf = (id: string, own?: RunTag): Snapshot => ({
  ref: { id },
  status: 'in_progress',
  ...(own === undefined ? {} : { tag: own }),
});
const wakeUp = (webhookId: string, id = 'run_1', snapshot?: Snapshot): WakeUp => ({
  webhookId,
  eventType: 'thread.run.in_progress',
  ref: { id, containerId: 'thread_1' },
  ...(snapshot === undefined ? {} : { snapshot }),
});
const asking = (...callIds: string[]): Snapshot => ({
  ref: { id: 'run_1' },
  status: 'requires_action',
  toolCalls: callIds.map((callId) => ({ callId, name: 'add', arguments: '{}' })),
});

const empty = (): WakeUpInbox => new WakeUpInbox({ seenWebhookIds: [], waiting: [] });

describe('WakeUpInbox', () => {
  test('each webhook counts once, before and after it was read', () => {
    const inbox = empty();
    expect(inbox.receive(wakeUp('wh_1'))).toBe(true);
    expect(inbox.receive(wakeUp('wh_1'))).toBe(false);
    expect(inbox.takeFor({ id: 'run_1' })).toEqual([wakeUp('wh_1')]);
    expect(inbox.receive(wakeUp('wh_1'))).toBe(false);
    expect(inbox.hasFor({ id: 'run_1' })).toBe(false);
  });

  test('two events of one run both count, in the order they came', () => {
    const inbox = empty();
    inbox.receive(wakeUp('wh_2'));
    inbox.receive(wakeUp('wh_1'));
    expect(inbox.takeFor({ id: 'run_1' }).map(({ webhookId }) => webhookId)).toEqual(['wh_2', 'wh_1']);
  });

  test('what comes for another ref is kept for it: the reply to create may not be known yet', () => {
    const inbox = empty();
    inbox.receive(wakeUp('wh_1', 'run_early'));
    inbox.receive(wakeUp('wh_2', 'run_1'));
    expect(inbox.hasFor({ id: 'run_1' })).toBe(true);
    expect(inbox.takeFor({ id: 'run_1' })).toHaveLength(1);
    expect(inbox.takeFor({ id: 'run_1' })).toHaveLength(0);
    expect(inbox.takeFor({ id: 'run_early' })).toEqual([wakeUp('wh_1', 'run_early')]);
  });

  test('knows a snapshot from a hint', () => {
    const inbox = empty();
    inbox.receive(wakeUp('wh_1'));
    expect(inbox.hasSnapshotFor({ id: 'run_1' })).toBe(false);
    inbox.receive(wakeUp('wh_2', 'run_1', snapshotOf('run_1')));
    expect(inbox.hasSnapshotFor({ id: 'run_1' })).toBe(true);
    expect(inbox.hasSnapshotFor({ id: 'run_2' })).toBe(false);
  });

  test.each<[string, RunTag | undefined, boolean]>([
    ['its tag', tag, true],
    ['no tag', undefined, false],
    ['another attempt', { ...tag, attempt: 2 }, false],
    ['another round of tools', { ...tag, round: 1 }, false],
    ['another execution of the workflow id', { ...tag, executionId: 'f' }, false],
    ['another workflow', { ...tag, workflowId: 'v' }, false],
  ])('a lost run is found by its tag: %s', (_name, own, found) => {
    const snapshot = snapshotOf('run_1', own);
    const bySnapshot = empty();
    bySnapshot.receive(wakeUp('wh_0'));
    bySnapshot.receive(wakeUp('wh_1', 'run_1', snapshot));
    expect(bySnapshot.findTagged(tag)).toEqual(found ? snapshot : undefined);

    // What is too long for a signal, or could not be read, comes without a snapshot: it is there all the same.
    const byHint = empty();
    byHint.receive(wakeUp('wh_0'));
    byHint.receive({ ...wakeUp('wh_1'), ...(own === undefined ? {} : { tag: own }) });
    const { ref } = wakeUp('wh_1');
    expect(byHint.findTagged(tag)).toEqual(found ? { ref, tag, status: 'in_progress' } : undefined);
  });

  test('where a wake-up and its snapshot name different tags, the snapshot knows better', () => {
    const inbox = empty();
    inbox.receive({ ...wakeUp('wh_1', 'run_1', snapshotOf('run_1', { ...tag, round: 1 })), tag });
    expect(inbox.findTagged(tag)).toBeUndefined();
    expect(inbox.findTagged({ ...tag, round: 1 })?.ref.id).toBe('run_1');
  });

  test('a lost run is found by its tag after its long snapshot was left behind by continue-as-new', () => {
    const inbox = empty();
    const output = { text: 'é'.repeat(30_000) };
    inbox.receive({
      ...wakeUp('wh_1', 'run_1', { ref: { id: 'run_1' }, tag, status: 'completed', output }),
      tag,
    });
    const next = new WakeUpInbox(JSON.parse(JSON.stringify(inbox.carry())));
    expect(next.hasSnapshotFor({ id: 'run_1' })).toBe(false);
    expect(next.findTagged(tag)?.ref.id).toBe('run_1');
  });

  test('what is not about a ref can be taken out, in the order it came; the rest stays', () => {
    const inbox = empty();
    const others = [wakeUp('wh_1', 'run_0'), wakeUp('wh_3', 'run_2', snapshotOf('run_2', tag))];
    for (const next of [others[0], wakeUp('wh_2'), others[1]]) if (next !== undefined) inbox.receive(next);
    // A ref is known by its id: a webhook may know less of it than we do, or more.
    const ref = { id: 'run_1', containerId: 'thread_9', readWith: 'x' };
    expect(inbox.takeOthers(ref)).toEqual(others);
    expect(inbox.takeOthers(ref)).toEqual([]);
    expect(inbox.findTagged(tag)).toBeUndefined();
    expect(inbox.hasFor(ref)).toBe(true);
    expect(inbox.takeFor(ref)).toEqual([wakeUp('wh_2')]);
    // Taken out is not forgotten: a redelivery does not bring it back.
    expect(inbox.receive(wakeUp('wh_1', 'run_0'))).toBe(false);
    expect(inbox.takeOthers(ref)).toEqual([]);
  });

  test.each<[string, Snapshot, boolean]>([
    ['an end', { ref: { id: 'run_1' }, status: 'cancelled' }, true],
    ['that it is gone', { ref: { id: 'run_1' }, status: 'lost', message: '404' }, true],
    ['other calls', asking('c3'), true],
    ['one other call beside those', asking('c1', 'c3'), true],
    ['the calls themselves: it is older than their outputs', asking('c1', 'c2'), false],
    ['some of the calls', asking('c2'), false],
    ['work, which it did before, too', snapshotOf('run_1'), false],
    ['a status that nobody knows', { ref: { id: 'run_1' }, status: 'unknown', reported: 'x' }, false],
  ])('that a ref has gone on since it asked for calls is told by %s: %s', (_name, snapshot, expected) => {
    const inbox = empty();
    inbox.receive(wakeUp('wh_1'));
    inbox.receive(wakeUp('wh_2', 'run_1', asking('c1', 'c2')));
    inbox.receive(wakeUp('wh_3', 'run_2', { ref: { id: 'run_2' }, status: 'cancelled' }));
    inbox.receive(wakeUp('wh_4', 'run_1', snapshot));
    const found = expected ? snapshot : undefined;
    expect(inbox.findMovedOn({ id: 'run_1' }, ['c1', 'c2'])).toEqual(found);
    // It is only looked at.
    expect(inbox.findMovedOn({ id: 'run_1' }, ['c1', 'c2'])).toEqual(found);
    expect(inbox.takeFor({ id: 'run_1' })).toHaveLength(3);
  });

  test('knows whether it was told what a ref has cost; nothing is a cost, too', () => {
    const inbox = empty();
    inbox.receive(wakeUp('wh_1'));
    inbox.receive(wakeUp('wh_2', 'run_1', snapshotOf('run_1')));
    inbox.receive(wakeUp('wh_3', 'run_2', { ...snapshotOf('run_2'), usage: noUsage }));
    expect(inbox.hasUsageFor({ id: 'run_1' })).toBe(false);
    expect(inbox.hasUsageFor({ id: 'run_2', containerId: 'thread_9' })).toBe(true);
  });

  test('a long snapshot is carried as a hint to look, with what else is known of it', () => {
    const inbox = empty();
    const long: Snapshot = {
      ref: { id: 'run_1' },
      tag,
      status: 'completed',
      output: { text: 'é'.repeat(30_000) },
    };
    const short: Snapshot = { ...long, output: { text: 'é'.repeat(20_000) } };
    inbox.receive({ ...wakeUp('wh_1', 'run_1', long), tag, calls: { retrieve: 1 } });
    inbox.receive(wakeUp('wh_2', 'run_1', short));
    expect(inbox.carry().waiting).toEqual([
      { ...wakeUp('wh_1'), tag, calls: { retrieve: 1 } },
      wakeUp('wh_2', 'run_1', short),
    ]);
    expect(inbox.hasSnapshotFor({ id: 'run_1' })).toBe(true);
  });

  test('what waits for an ended attempt is forgotten; that it came is not', () => {
    const inbox = empty();
    inbox.receive(wakeUp('wh_1'));
    inbox.discardAll();
    expect(inbox.hasFor({ id: 'run_1' })).toBe(false);
    expect(inbox.receive(wakeUp('wh_1'))).toBe(false);
  });

  test('remembers the last 500 webhooks, and not more', () => {
    const inbox = empty();
    for (let index = 0; index < 2_000; index += 1) inbox.receive(wakeUp(`wh_${index}`));
    inbox.discardAll();
    const { seenWebhookIds } = inbox.carry();
    expect(seenWebhookIds).toHaveLength(500);
    expect(inbox.receive(wakeUp('wh_1500'))).toBe(false);
    expect(inbox.receive(wakeUp('wh_1499'))).toBe(true);
  });

  test('survives continue-as-new', () => {
    const inbox = empty();
    inbox.receive(wakeUp('wh_1'));
    inbox.receive(wakeUp('wh_2', 'run_2', snapshotOf('run_2', tag)));
    inbox.takeFor({ id: 'run_1' });
    const next = new WakeUpInbox(JSON.parse(JSON.stringify(inbox.carry())));
    expect(next.carry()).toEqual(inbox.carry());
    expect(next.receive(wakeUp('wh_1'))).toBe(false);
    expect(next.takeFor({ id: 'run_2' })).toEqual([wakeUp('wh_2', 'run_2', snapshotOf('run_2', tag))]);
  });

  test('what was carried is not touched by what comes later', () => {
    const carried = { seenWebhookIds: ['wh_1'], waiting: [wakeUp('wh_1')] };
    const inbox = new WakeUpInbox(carried);
    inbox.receive(wakeUp('wh_2'));
    expect(carried).toEqual({ seenWebhookIds: ['wh_1'], waiting: [wakeUp('wh_1')] });
    const copy = inbox.carry();
    inbox.receive(wakeUp('wh_3'));
    expect(copy.waiting).toHaveLength(2);
  });

  test('in whatever order and however often they come, each event is read exactly once', () => {
    const event = fc.record({ webhookId: fc.nat(15).map((n) => `wh_${n}`), id: fc.constantFrom('a', 'b') });
    fc.assert(
      fc.property(fc.array(fc.oneof(event, fc.constantFrom('a', 'b'))), (steps) => {
        const inbox = empty();
        const read: string[] = [];
        const sent = new Set<string>();
        for (const next of steps) {
          if (typeof next === 'string') {
            read.push(...inbox.takeFor({ id: next }).map(({ webhookId }) => webhookId));
          } else {
            sent.add(next.webhookId);
            inbox.receive(wakeUp(next.webhookId, next.id));
          }
        }
        for (const id of ['a', 'b']) read.push(...inbox.takeFor({ id }).map(({ webhookId }) => webhookId));
        expect(read.toSorted()).toEqual([...sent].toSorted());
      }),
    );
  });
});
