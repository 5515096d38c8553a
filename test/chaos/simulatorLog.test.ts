import { expect, it } from 'vitest';
import { findAcknowledged, findMissed } from '../../chaos/evidence/acknowledged.ts';
import { findDoubles } from '../../chaos/evidence/doubles.ts';
import type { SimulatorEvent } from '../../chaos/stage/simulatorControl.ts';
import { endedWith, goodResult } from './evidence.ts';

const metadata = { durable_run_id: 'chaos-1', durable_run_attempt: '1', durable_run_round: '0' };
const creation = (runId: string, at: number): SimulatorEvent => ({
  kind: 'run',
  from: null,
  runId,
  threadId: 'thread_1',
  at,
  metadata,
});
const delivery = (webhookId: string, runId: string, at: number, error: string | null): SimulatorEvent => ({
  kind: 'delivery',
  webhookId,
  runId,
  at,
  error,
  metadata,
});
const list = (at: number): SimulatorEvent => ({
  kind: 'request',
  endpoint: 'runs.list',
  status: 200,
  threadId: 'thread_1',
  at,
  metadata: {},
});

it('what is made twice for one call is found, with what could be known of the first', () => {
  const log = [
    list(50),
    creation('run_1', 100),
    delivery('wh_1', 'run_1', 150, 'no connection'),
    delivery('wh_1', 'run_1', 200, null),
    creation('run_2', 300),
  ];
  const found = { firstId: 'run_1', secondId: 'run_2', gapMs: 200, toldMs: 100 };
  expect(findDoubles(log).get('chaos-1')).toEqual([{ ...found, listed: 'before' }]);
  expect(findDoubles([...log, list(250)]).get('chaos-1')).toEqual([{ ...found, listed: 'after' }]);
  expect(findDoubles(log.slice(1)).get('chaos-1')).toEqual([{ ...found, listed: null }]);
  expect(findDoubles(log.slice(0, -1))).toEqual(new Map());
});

it('a look for an earlier attempt is none for this one', () => {
  const second = { metadata: { ...metadata, durable_run_attempt: '2' } };
  const log = [
    list(50),
    creation('run_1', 100),
    { ...creation('run_2', 200), ...second },
    { ...creation('run_3', 300), ...second },
  ];
  const found = findDoubles(log).get('chaos-1');
  expect(found).toEqual([expect.objectContaining({ firstId: 'run_2', secondId: 'run_3', listed: null })]);
});

it('each is held against all that were made before it', () => {
  const log = [creation('run_1', 100), list(150), creation('run_2', 200), creation('run_3', 300)];
  expect(findDoubles(log).get('chaos-1')).toEqual([
    expect.objectContaining({ firstId: 'run_1', secondId: 'run_2', listed: 'after' }),
    expect.objectContaining({ firstId: 'run_1', secondId: 'run_3', listed: 'after' }),
    expect.objectContaining({ firstId: 'run_2', secondId: 'run_3', listed: 'before' }),
  ]);
});

it('a webhook is missed that was acknowledged while the run was open, and is not in its histories', () => {
  const log = [
    delivery('wh_known', 'run_1', 10, null),
    delivery('wh_missed', 'run_1', 20, null),
    delivery('wh_refused', 'run_1', 20, '503'),
    delivery('wh_late', 'run_1', 40, null),
  ];
  const { end } = endedWith(goodResult({ timings: { ...goodResult().timings, endedAtMs: 30 } }));
  expect(findMissed(findAcknowledged(log).get('chaos-1') ?? [], end, 'a history of wh_known')).toEqual([
    'wh_missed',
  ]);
});
