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
  ])('leaves a hint where the snapshot is %s', (_name, snapshot) => {
    expect(readWakeUp({ ...hint, snapshot })).toEqual(hint);
  });

  it.each([undefined, null, 'x', {}, { ...hint, ref: null }, { ...hint, webhookId: '' }])(
    'drops %j',
    (payload) => expect(readWakeUp(payload)).toBeUndefined(),
  );
});
