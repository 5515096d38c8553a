import type { AttemptRecord, RunResult } from '../../client/index.ts';
import type { Double, Evidence, RunEvidence } from '../../chaos/evidence/types.ts';
import { noUsage } from '../../core/usage.ts';

/* The evidence of a campaign in which all went well: tests doctor it. */

export type Made = RunEvidence['made'][number];

/** One response that asked for a tool, and the one that went on with its output. */
export function goodRun(changes: Partial<RunEvidence> = {}): RunEvidence {
  return {
    id: 'chaos-1',
    kind: 'tools',
    provider: 'response',
    expected: { status: 'completed', text: 'done', effects: [1], mayEndUntold: false },
    end: { kind: 'ended', status: 'completed', reason: '', result: goodResult() },
    history: {
      executions: 1,
      events: 30,
      taskFailures: [],
      tasksCutShort: 0,
      beganWithNextBuild: false,
      forged: [],
    },
    made: [
      made('resp_1', { rounds: [{ calls: ['call_1'], accepted: 1, refused: 0 }] }),
      made('resp_2', { previousId: 'resp_1' }),
    ],
    doubles: [],
    missedWebhooks: [],
    recorded: [{ key: 'chaos-1/call_1', n: 1, attempt: 1 }],
    ...changes,
  };
}

export function made(id: string, changes: Partial<Made> = {}): Made {
  return {
    id,
    kind: 'response',
    previousId: null,
    metadata: {},
    status: 'completed',
    endedSeq: 10,
    tokens: { prompt: 3, completion: 2, total: 5 },
    rounds: [],
    ...changes,
  };
}

export function goodResult(changes: Partial<RunResult> = {}): RunResult {
  return {
    id: 'chaos-1',
    status: 'completed',
    provider: 'response',
    account: 'default',
    model: 'gpt-sim',
    text: 'done',
    parsed: null,
    refusal: null,
    items: null,
    omittedBytes: null,
    error: null,
    attempts: [goodAttempt()],
    usage: { ...noUsage, totalTokens: 10 },
    calls: {},
    toolRounds: 1,
    toolCalls: 1,
    toolCallsReused: 0,
    recreations: 0,
    orphans: [],
    learntFrom: 'webhook',
    timings: { startedAtMs: 0, createdAtMs: 10, providerEndedAtMs: 20, endedAtMs: 30 },
    ...changes,
  };
}

export function goodAttempt(changes: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    number: 1,
    ref: { id: 'resp_2' },
    earlierRefs: [{ id: 'resp_1' }],
    outcome: 'completed',
    usage: { ...noUsage, totalTokens: 10 },
    createdAtMs: 10,
    endedAtMs: 20,
    adopted: false,
    ...changes,
  };
}

/** The same run, ended with this result instead. */
export function endedWith(result: RunResult, changes: Partial<RunEvidence> = {}): RunEvidence {
  return goodRun({ end: { kind: 'ended', status: result.status, reason: '', result }, ...changes });
}

const noMishap = { crashes: { workers: 0, bridges: 0 }, missingFaults: [] };

export function evidenceOf(run: RunEvidence, changes: Partial<Evidence> = {}): Evidence {
  return {
    runs: [run],
    memory: [],
    forgeries: [],
    leaks: [],
    strangers: [],
    strayKeys: [],
    ...noMishap,
    ...changes,
  };
}

/** A second thing for the same call, after the first has been waited for in vain. */
export function double(changes: Partial<Double> = {}): Double {
  return { firstId: 'resp_1', secondId: 'resp_3', gapMs: 30_000, toldMs: null, listed: null, ...changes };
}
