import { describe, expect, it } from 'vitest';
import { readWakeUp } from '../../core/wakeUpSchema.ts';

const hint = { webhookId: 'wh_1', eventType: 'thread.run.requires_action', ref: { id: 'run_1' } };
const toolCalls = [{ callId: 'call_1', name: 'add', arguments: '{}' }];

describe('readWakeUp', () => {
  it('takes what the bridge sends', () => {
    const snapshot = { ref: hint.ref, status: 'requires_action', toolCalls };
    const sent = { ...hint, snapshot, calls: { readOutput: 1 } };
    expect(readWakeUp(sent)).toEqual(sent);
  });

  it.each([
    ['without its calls', { ref: hint.ref, status: 'requires_action' }],
    ['of an unknown status', { ref: hint.ref, status: 'dancing' }],
    ['of another type', 'completed'],
    [
      'of a bridge that knows no rounds',
      { ref: hint.ref, status: 'queued', tag: { workflowId: 'w', executionId: 'e', attempt: 1 } },
    ],
  ])('leaves a hint where the snapshot is %s', (_name, snapshot) => {
    expect(readWakeUp({ ...hint, snapshot })).toEqual(hint);
  });

  it('leaves a hint where the snapshot is nested too deeply to be read', () => {
    const items: unknown = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`);
    const snapshot = { ref: hint.ref, status: 'completed', output: { text: '4', items } };
    expect(readWakeUp({ ...hint, snapshot })).toEqual(hint);
  });

  it.each([
    [
      'a failure that says a megabyte',
      { status: 'failed', error: { code: 'x', message: 'm'.repeat(1_000_000) } },
    ],
    [
      'an answer and a refusal, each long',
      { status: 'completed', output: { text: 't'.repeat(650_000), refusal: 'r'.repeat(900_000) } },
    ],
  ])('keeps of %s what a result can carry', (_name, said) => {
    const read = readWakeUp({ ...hint, snapshot: { ref: hint.ref, ...said } });
    expect(read?.snapshot?.status).toBe(said.status);
    expect(JSON.stringify(read).length).toBeLessThan(1_000_000);
  });

  it.each([
    ['webhook id', { webhookId: 'w'.repeat(2_001) }],
    ['event type', { eventType: 't'.repeat(2_001) }],
    ['id of what it is about', { ref: { id: 'r'.repeat(2_001) } }],
  ])('drops one with a %s that nobody needs', (_name, changes) => {
    expect(readWakeUp({ ...hint, ...changes })).toBeUndefined();
  });

  it('keeps what a ref says of itself, and whose it is', () => {
    const ref = { id: 'resp_1', containerId: 'thread_1', readWith: 'a,b' };
    const tag = { workflowId: 'w', executionId: 'e', attempt: 1, round: 2 };
    const sent = { ...hint, ref, tag, account: 'acme' };
    expect(readWakeUp(sent)).toEqual(sent);
    // Whatever becomes of the snapshot.
    expect(readWakeUp({ ...sent, snapshot: 'completed' })).toEqual(sent);
  });

  it.each([
    undefined,
    null,
    'x',
    {},
    { ...hint, ref: null },
    { ...hint, webhookId: '' },
    // It does not say whose it is, and is not taken for anybody's.
    { ...hint, account: 5 },
    { ...hint, account: null },
  ])('drops %j', (payload) => expect(readWakeUp(payload)).toBeUndefined());
});
