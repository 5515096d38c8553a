import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { getSnapshotSchemas } from '../../core/snapshotSchema.ts';
import { readWakeUp } from '../../core/wakeUpSchema.ts';
import { snapshotsOf } from './snapshots.ts';

const { snapshotSchema } = getSnapshotSchemas();

const completed = { ref: { id: 'run_1' }, status: 'completed', output: { text: '4' } };
const usage = {
  inputTokens: 1,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 1,
  reasoningTokens: 0,
  totalTokens: 2,
};

describe('a snapshot that has travelled', () => {
  test.each(Object.entries(snapshotsOf))('is what it was, in all its parts: %s', (status, ofThisStatus) => {
    fc.assert(
      fc.property(ofThisStatus, (snapshot) => {
        const travelled: unknown = JSON.parse(JSON.stringify(snapshot));
        expect(snapshotSchema.parse(travelled)).toStrictEqual(travelled);
        expect(snapshot.status).toBe(status);
      }),
    );
  });

  test('comes out of a signal whole', () => {
    fc.assert(
      fc.property(fc.oneof(...Object.values(snapshotsOf)), (snapshot) => {
        const given = { webhookId: 'wh_1', eventType: 'x', ref: snapshot.ref, snapshot, calls: { find: 1 } };
        const sent: unknown = JSON.parse(JSON.stringify(given));
        expect(readWakeUp(sent)).toStrictEqual(sent);
      }),
    );
  });
});

describe('a snapshot of another version, or of somebody else', () => {
  test('what is not known of it is left out', () => {
    const ref = { id: 'run_1', region: 'eu' };
    const output = { text: '4', tone: 'dry' };
    expect(snapshotSchema.parse({ ...completed, ref, output, mood: 'good' })).toStrictEqual(completed);
  });

  test.each<[string, unknown]>([
    ['no status', { ...completed, status: undefined }],
    ['an unknown status', { ...completed, status: 'paused' }],
    ['no ref', { ...completed, ref: undefined }],
    ['a ref without id', { ...completed, ref: { containerId: 'thread_1' } }],
    ['an empty id', { ...completed, ref: { id: '' } }],
    ['a container that is null', { ...completed, ref: { id: 'run_1', containerId: null } }],
    ['something to read with that is a list', { ...completed, ref: { id: 'run_1', readWith: ['x'] } }],
    ['a tag without its round', { ...completed, tag: { workflowId: 'w', executionId: 'e', attempt: 1 } }],
    [
      'a tag of attempt 0',
      { ...completed, tag: { workflowId: 'w', executionId: 'e', attempt: 0, round: 0 } },
    ],
    [
      'a usage that lacks a part',
      { ...completed, usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 } },
    ],
    ['a usage of texts', { ...completed, usage: { ...usage, totalTokens: '2' } }],
    ['a usage that is null', { ...completed, usage: null }],
    ['completed without output', { ref: { id: 'run_1' }, status: 'completed' }],
    ['an output without text', { ...completed, output: { items: [] } }],
    ['isJson that is no', { ...completed, output: { text: '4', isJson: false } }],
    ['items that are no list', { ...completed, output: { text: '4', items: {} } }],
    ['asking for nothing', { ref: { id: 'run_1' }, status: 'requires_action' }],
    [
      'a call without arguments',
      { ref: { id: 'r' }, status: 'requires_action', toolCalls: [{ callId: 'c', name: 'n' }] },
    ],
    ['a failure without error', { ref: { id: 'run_1' }, status: 'failed' }],
    ['an error without message', { ref: { id: 'run_1' }, status: 'failed', error: { code: 'c' } }],
    ['incomplete without reason', { ref: { id: 'run_1' }, status: 'incomplete' }],
    ['lost without message', { ref: { id: 'run_1' }, status: 'lost' }],
    ['unknown without what was reported', { ref: { id: 'run_1' }, status: 'unknown' }],
  ])('is refused: %s', (_name, value) => {
    expect(snapshotSchema.safeParse(value).success).toBe(false);
    expect(snapshotSchema.safeParse({ ...completed, usage }).success).toBe(true);
  });

  test('whatever it is, reading it does not throw', () => {
    const almost = fc.record(
      { ref: fc.anything(), status: fc.constantFrom(...Object.keys(snapshotsOf)), output: fc.anything() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.anything(), almost), (value) => {
        expect(snapshotSchema.safeParse(value).success).toBeTypeOf('boolean');
      }),
    );
  });
});
