import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../../core/snapshot.ts';
import type { RunTag } from '../../core/tag.ts';
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
    const inbox = empty();
    inbox.receive(wakeUp('wh_0'));
    inbox.receive(wakeUp('wh_1', 'run_1', snapshotOf('run_1', own)));
    expect(inbox.findSnapshot(tag)?.ref.id).toBe(found ? 'run_1' : undefined);
  });

  test('what is not about a ref can be taken out, in the order it came; the rest stays', () => {
    const inbox = empty();
    const others = [wakeUp('wh_1', 'run_0'), wakeUp('wh_3', 'run_2', snapshotOf('run_2', tag))];
    for (const next of [others[0], wakeUp('wh_2'), others[1]]) if (next !== undefined) inbox.receive(next);
    // A ref is known by its id: a webhook may know less of it than we do, or more.
    const ref = { id: 'run_1', containerId: 'thread_9', readWith: 'x' };
    expect(inbox.takeOthers(ref)).toEqual(others);
    expect(inbox.takeOthers(ref)).toEqual([]);
    expect(inbox.findSnapshot(tag)).toBeUndefined();
    expect(inbox.hasFor(ref)).toBe(true);
    expect(inbox.takeFor(ref)).toEqual([wakeUp('wh_2')]);
    // Taken out is not forgotten: a redelivery does not bring it back.
    expect(inbox.receive(wakeUp('wh_1', 'run_0'))).toBe(false);
    expect(inbox.takeOthers(ref)).toEqual([]);
  });

  test('the end of a ref is found among what has come about it, and stays there', () => {
    const inbox = empty();
    const ended: Snapshot = { ref: { id: 'run_1' }, status: 'cancelled' };
    inbox.receive(wakeUp('wh_1', 'run_1'));
    inbox.receive(wakeUp('wh_2', 'run_1', { ref: { id: 'run_1' }, status: 'in_progress' }));
    inbox.receive(wakeUp('wh_3', 'run_2', { ref: { id: 'run_2' }, status: 'cancelled' }));
    expect(inbox.findEnd({ id: 'run_1' })).toBeUndefined();
    inbox.receive(wakeUp('wh_4', 'run_1', ended));
    expect(inbox.findEnd({ id: 'run_1' })).toEqual(ended);
    expect(inbox.findEnd({ id: 'run_1' })).toEqual(ended);
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
