import { describe, expect, it } from 'vitest';
import type { Evidence, RunEvidence } from '../../chaos/evidence/types.ts';
import { describeLostReplies } from '../../core/story.ts';
import { findViolations, invariants } from '../../chaos/invariants.ts';
import { noUsage } from '../../core/usage.ts';
import { double, endedWith, evidenceOf, goodAttempt, goodResult, goodRun, made } from './evidence.ts';

const violated = (evidence: Evidence): string[] => [
  ...new Set(findViolations(evidence).map(({ invariant }) => invariant)),
];

const cancelledRun = (status: string) =>
  endedWith(
    goodResult({
      status: 'cancelled',
      text: null,
      attempts: [goodAttempt({ outcome: 'cancelled', ref: { id: 'resp_1' }, earlierRefs: [], usage: null })],
      usage: noUsage,
    }),
    {
      expected: { status: 'cancelled', text: null, effects: [], mayEndUntold: true },
      made: [made('resp_1', { status })],
      recorded: [],
    },
  );

const recreated = goodResult({ recreations: 1 });
const [first, second] = [made('resp_1'), made('resp_2', { previousId: 'resp_1' })];
const twice = [{ calls: ['call_1'], accepted: 2, refused: 0 }];

/** A run whose kind is to lose a reply. */
function losing(hasLost: boolean): RunEvidence {
  const expected = { ...goodRun().expected, atLeast: { losesReply: true } } as const;
  return endedWith(goodResult({ attempts: [goodAttempt({ adopted: hasLost })] }), { expected });
}

/** For each invariant, evidence that breaks it and nothing else. */
const broken: Record<string, Record<string, Evidence>> = {
  'every run ends': {
    'one is open': evidenceOf(goodRun({ end: { kind: 'open', doing: 'waiting' } })),
  },
  'every run ends as its kind implies': {
    'one failed': evidenceOf(
      goodRun({ end: { kind: 'ended', status: 'failed', reason: 'server_error', result: null } }),
    ),
    'one knows no result': evidenceOf(
      goodRun({ end: { kind: 'ended', status: 'completed', reason: '', result: null } }),
    ),
    'one went elsewhere': evidenceOf(endedWith(goodResult({ provider: 'assistant' }))),
  },
  'every run has met what its kind is for': {
    'no restart': evidenceOf(goodRun({ expected: { ...goodRun().expected, atLeast: { attempts: 2 } } })),
    'it has not continued as new': evidenceOf(
      goodRun({ expected: { ...goodRun().expected, atLeast: { executions: 2 } } }),
    ),
    'of most no reply was lost': evidenceOf(goodRun(), {
      runs: [losing(true), losing(false), losing(false), losing(false)],
    }),
  },
  'every answer is the right one': {
    'another answer': evidenceOf(endedWith(goodResult({ text: 'forged' }))),
    'no answer': evidenceOf(endedWith(goodResult({ text: null }))),
  },
  'what the provider has made is in the results': {
    'made, and not known': evidenceOf(goodRun({ made: [...goodRun().made, made('resp_3')] })),
    'known, and not made': evidenceOf(goodRun({ made: [made('resp_2', { tokens: tokens(10) })] })),
    'an orphan without a call sent again': evidenceOf(
      endedWith(goodResult({ orphans: [{ id: 'resp_3' }] }), { made: [first, second, made('resp_3')] }),
    ),
    'more orphans than calls sent again': evidenceOf(
      endedWith(recreated, { made: [first, second, made('resp_3'), made('resp_4')] }),
    ),
    'of no run': evidenceOf(goodRun(), { strangers: ['resp_9'] }),
  },
  'nothing is paid for twice that could be found': {
    'nobody can have waited for its webhook': evidenceOf(goodRun({ doubles: [double({ gapMs: 700 })] })),
    'its webhook had come': evidenceOf(goodRun({ doubles: [double({ toldMs: 20_000 })] })),
    'nobody had looked': evidenceOf(inAssistants({ doubles: [double()] })),
    'a look ought to have found it': evidenceOf(inAssistants({ doubles: [double({ listed: 'after' })] })),
  },
  'nothing is left active': {
    'an orphan works on': evidenceOf(
      endedWith(recreated, { made: [first, second, made('resp_3', { status: 'in_progress' })] }),
    ),
    'one is known, and was not cancelled': evidenceOf(
      endedWith(goodResult(), {
        expected: { ...goodRun().expected, mayEndUntold: true },
        made: [first, made('resp_2', { previousId: 'resp_1', status: 'queued' })],
      }),
    ),
    'one waits for outputs': evidenceOf(
      endedWith(recreated, { made: [first, second, made('resp_3', { status: 'requires_action' })] }),
    ),
  },
  'what was given up is cancelled at the provider': {
    'it completed': evidenceOf(
      endedWith(goodResult({ ...cancelledResult(), usage: { ...noUsage, totalTokens: 5 } }), {
        expected: { status: 'cancelled', text: null, effects: [], mayEndUntold: true },
        made: [made('resp_1')],
        recorded: [],
      }),
    ),
  },
  'the outputs of a tool round are accepted once': {
    'taken twice': evidenceOf(goodRun({ made: [made('resp_1', { rounds: twice }), second] })),
  },
  'every tool call acts once': {
    'under two keys': evidenceOf(
      goodRun({
        recorded: [
          { key: 'chaos-1/call_1', n: 1, attempt: 1 },
          { key: 'chaos-1/call_2', n: 1, attempt: 1 },
        ],
      }),
    ),
    'one key for two calls': evidenceOf(
      goodRun({
        expected: { ...goodRun().expected, effects: [1, 2] },
        recorded: [
          { key: 'chaos-1/call_1', n: 1, attempt: 1 },
          { key: 'chaos-1/call_1', n: 2, attempt: 1 },
        ],
      }),
    ),
    never: evidenceOf(goodRun({ recorded: [] })),
    'under a key of nobody': evidenceOf(goodRun(), { strayKeys: ['undefined'] }),
    'not asked for': evidenceOf(
      goodRun({ recorded: [...goodRun().recorded, { key: 'chaos-1/call_7', n: 7, attempt: 1 }] }),
    ),
  },
  'forged and replayed webhooks change nothing': {
    'one was taken': evidenceOf(goodRun(), {
      forgeries: [{ kind: 'bad signature', webhookId: 'wh_forged_1', status: 200 }],
    }),
    'one is in a history': evidenceOf(
      goodRun({ history: { ...goodRun().history, forged: ['wh_forged_1'] } }),
    ),
  },
  'usage in the results is what was spent': {
    'too little': evidenceOf(endedWith(goodResult({ usage: { ...noUsage, totalTokens: 5 } }))),
    'too much': evidenceOf(endedWith(goodResult({ usage: { ...noUsage, totalTokens: 11 } }))),
  },
  'no workflow task fails': {
    'non-determinism': evidenceOf(
      goodRun({ history: { ...goodRun().history, taskFailures: ['NON_DETERMINISTIC_ERROR: …'] } }),
    ),
  },
  'a webhook that was acknowledged has arrived': {
    'one has not': evidenceOf(goodRun({ missedWebhooks: ['wh_1'] })),
  },
  'memory stays bounded': {
    'a worker': evidenceOf(goodRun(), { memory: [{ sort: 'worker', pid: 1, most: 3_000 }] }),
    'a bridge': evidenceOf(goodRun(), { memory: [{ sort: 'bridge', pid: 1, most: 1_000 }] }),
    'nobody has looked': evidenceOf(goodRun(), { runs: Array.from({ length: 100 }, () => goodRun()) }),
  },
  'no process ends by itself': {
    'a worker': evidenceOf(goodRun(), { crashes: { workers: 1, bridges: 0 } }),
    'a bridge': evidenceOf(goodRun(), { crashes: { workers: 0, bridges: 2 } }),
  },
  'every sort of fault was injected': {
    'one was not': evidenceOf(goodRun(), { missingFaults: ['restart Temporal'] }),
  },
  'no secret gets out': {
    'in a log': evidenceOf(goodRun(), { leaks: [{ what: 'the API key', where: 'the log worker-1.log' }] }),
  },
};

it('all hold when all went well', () => {
  expect(findViolations(evidenceOf(goodRun()))).toEqual([]);
  expect(findViolations(evidenceOf(cancelledRun('cancelled')))).toEqual([]);
});

it('each has evidence here that breaks it', () => {
  expect(Object.keys(broken).toSorted()).toEqual(invariants.map(({ name }) => name).toSorted());
});

describe.each(Object.entries(broken))('%s', (name, cases) => {
  it.each(Object.entries(cases))('%s', (_what, evidence) => {
    expect(violated(evidence)).toEqual([name]);
  });
});

describe('what is excused', () => {
  it.each<[string, Evidence]>([
    [
      'a reply that was not lost, for something else has hit its call',
      evidenceOf(goodRun(), { runs: [losing(true), losing(true), losing(true), losing(false)] }),
    ],
    [
      'an orphan that told nothing, where a call was sent again',
      evidenceOf(endedWith(recreated, { made: [first, second, made('resp_3')] })),
    ],
    [
      'outputs taken twice, where the submit was sent again',
      evidenceOf(
        endedWith(goodResult({ recreations: 1, orphans: [{ id: 'resp_3' }] }), {
          made: [made('resp_1', { rounds: twice }), second, made('resp_3', { previousId: 'resp_1' })],
        }),
      ),
    ],
    [
      'something that a cancelled run was not told of',
      evidenceOf({
        ...cancelledRun('cancelled'),
        made: [made('resp_1', { status: 'cancelled' }), made('resp_2', { status: 'in_progress' })],
      }),
    ],
    [
      'a second response, after the webhook of the first was waited for',
      evidenceOf(goodRun({ doubles: [double(), double({ toldMs: 500 })] })),
    ],
    [
      'a second run of a thread, where the first came after the look for it',
      evidenceOf(inAssistants({ doubles: [double({ gapMs: 600, listed: 'before' })] })),
    ],
    [
      'a tool tried twice under its key',
      evidenceOf(goodRun({ recorded: [...goodRun().recorded, ...goodRun().recorded] })),
    ],
    [
      'a forgery that nobody answered, and one that was refused',
      evidenceOf(goodRun(), {
        forgeries: [
          { kind: 'unsigned', webhookId: 'wh_forged_1', status: null },
          { kind: 'old replay', webhookId: 'wh_replayed_1', status: 400 },
        ],
      }),
    ],
  ])('%s', (_what, evidence) => {
    expect(findViolations(evidence)).toEqual([]);
  });
});

function inAssistants(changes: Partial<RunEvidence>): RunEvidence {
  return endedWith(goodResult({ provider: 'assistant' }), { provider: 'assistant', ...changes });
}

function cancelledResult() {
  return {
    status: 'cancelled' as const,
    text: null,
    attempts: [
      goodAttempt({ outcome: 'cancelled' as const, ref: { id: 'resp_1' }, earlierRefs: [], usage: null }),
    ],
  };
}

function tokens(total: number) {
  return { prompt: total, completion: 0, total };
}

const gaveUp = (lostReplies: number): Evidence => {
  const attempt = goodAttempt({ ref: { id: 'resp_2' }, outcome: 'gave_up' });
  const error = {
    code: 'provider.connection_lost',
    message: describeLostReplies(lostReplies, 'The connection was lost.'),
  };
  const result = goodResult({ status: 'failed', text: null, error, attempts: [attempt] });
  return evidenceOf(goodRun({ end: { kind: 'ended', status: 'failed', reason: '', result } }));
};

describe('a run that lost every reply of one call', () => {
  it('may fail, for nobody can tell what a further one would cost', () => {
    expect(findViolations(gaveUp(3))).toEqual([]);
  });

  it('may not fail before it has lost as many as it may', () => {
    expect(findViolations(gaveUp(2)).map(({ invariant }) => invariant)).toEqual([
      'every run ends as its kind implies',
      'what was given up is cancelled at the provider',
    ]);
  });
});
