import type { Evidence, RunEvidence } from './evidence/types.ts';
import { explainDouble, lostEveryReply } from './evidence/excuses.ts';
import { compareUsage, findUnknown, knownIds, type Ended } from './evidence/accounts.ts';

/** What must hold after every campaign. Pure: it looks at the evidence, and at nothing else. */
export interface Invariant {
  readonly name: string;
  /** A line for each violation. */
  readonly check: (evidence: Evidence) => string[];
}

export interface Violation {
  readonly invariant: string;
  readonly what: string;
}

/** Statuses after which the provider does nothing more. */
const finalStatuses = new Set(['completed', 'failed', 'incomplete', 'cancelled', 'expired']);

/**
 * Measured: 350 to 600 MiB for a worker with 120 runs open, most of it V8's young garbage, and 150 for a bridge. A run that is kept after its
 * end is worth half a MiB and more, and a process sees hundreds of them: with a leak these bounds are passed within a campaign.
 */
const mostMebibytes = { worker: 1_100, bridge: 400 } as const;

export const invariants: readonly Invariant[] = [
  {
    name: 'every run ends',
    check: ofEachRun(({ end }) => (end.kind === 'open' ? [`still open: ${end.doing}`] : [])),
  },
  {
    name: 'every run ends as its kind implies',
    check: ofEachRun(({ end, expected, provider }) => {
      if (end.kind === 'open') return [];
      if (end.result !== null && lostEveryReply(end.result)) return [];
      if (end.status !== expected.status)
        return [`${end.status} instead of ${expected.status}: ${end.reason}`];
      if (end.result === null) return ['it cannot say what it has come to'];
      return end.result.provider === provider ? [] : [`it went to the provider ${end.result.provider}`];
    }),
  },
  {
    name: 'every answer is the right one',
    check: ofEachEnded(({ result, expected }) =>
      result.status === expected.status && result.text !== expected.text
        ? [`${JSON.stringify(result.text)} instead of ${JSON.stringify(expected.text)}`]
        : [],
    ),
  },
  {
    name: 'what the provider has made is in the results',
    check: (evidence) => [
      ...evidence.strangers.map((id) => `${id} belongs to no run of the campaign`),
      ...ofEachEnded(findUnknown)(evidence),
    ],
  },
  {
    name: 'nothing is paid for twice that could be found',
    check: ofEachRun(({ doubles, provider }) =>
      doubles.flatMap((double) => {
        const why = explainDouble(double, provider);
        return why === null
          ? []
          : [`${double.secondId} was made although ${double.firstId} was there: ${why}`];
      }),
    ),
  },
  {
    name: 'nothing is left active',
    check: ofEachRun(({ made, end, expected }) => {
      const result = end.kind === 'ended' ? end.result : null;
      const known = result === null || !expected.mayEndUntold ? undefined : knownIds(result);
      return made
        .filter(({ id, status }) => !finalStatuses.has(status) && (known?.has(id) ?? true))
        .map(({ id, status }) => `${id} is ${status}`);
    }),
  },
  {
    name: 'what was given up is cancelled at the provider',
    check: ofEachEnded(({ result, made }) =>
      result.attempts
        .filter(({ outcome }) => outcome === 'gave_up' || outcome === 'cancelled')
        .flatMap(({ ref }) => made.filter(({ id }) => id === ref.id))
        .filter(({ status }) => status !== 'cancelled')
        // A response that waits for outputs has completed: not to send them is what ends it.
        .filter(({ status }) => status !== 'completed' || !lostEveryReply(result))
        .map(({ id, status }) => `${id} ended ${status}`),
    ),
  },
  {
    name: 'the outputs of a tool round are accepted once',
    check: ofEachEnded(({ result, made }) =>
      made.flatMap(({ id, rounds }) =>
        rounds
          // Sent again, and counted as that, where nobody could say what had become of the first.
          .filter(({ accepted }) => accepted > 1 + result.recreations)
          .map(({ accepted, calls }) => `${id} took the outputs of ${calls.join(', ')} ${accepted} times`),
      ),
    ),
  },
  { name: 'every tool call acts once', check: ofEachRun(findActs) },
  {
    name: 'a webhook that was acknowledged has arrived',
    check: ofEachRun(({ missedWebhooks }) => missedWebhooks.map((id) => `${id} is not in its history`)),
  },
  {
    name: 'forged and replayed webhooks change nothing',
    check: ({ forgeries, runs }) => [
      ...forgeries
        .filter(({ status }) => status !== null && status !== 400)
        .map(({ kind, webhookId, status }) => `${webhookId} (${kind}) was answered ${status}`),
      ...runs.flatMap(({ id, history }) =>
        history.forged.map((webhookId) => `${webhookId} has reached ${id}`),
      ),
    ],
  },
  { name: 'usage in the results is what was spent', check: ofEachEnded(compareUsage) },
  {
    name: 'no workflow task fails',
    check: ofEachRun(({ history }) => [...history.taskFailures]),
  },
  {
    name: 'memory stays bounded',
    check: ({ memory }) =>
      memory
        .filter(({ sort, most }) => most > mostMebibytes[sort])
        .map(({ sort, pid, most }) => `a ${sort} (process ${pid}) has had ${most} MiB`),
  },
  {
    name: 'no secret gets out',
    check: ({ leaks }) => leaks.map(({ what, where }) => `${what} is in ${where}`),
  },
];

/** Everything that does not hold. */
export function findViolations(evidence: Evidence): Violation[] {
  return invariants.flatMap(({ name, check }) => check(evidence).map((what) => ({ invariant: name, what })));
}

function findActs({ recorded, expected, end }: RunEvidence): string[] {
  const problems: string[] = [];
  const byNumber = Map.groupBy(recorded, ({ n }) => n);
  for (const [n, records] of byNumber) {
    const keys = new Set(records.map(({ key }) => key));
    if (keys.size > 1) problems.push(`${n} was recorded under ${keys.size} keys: ${[...keys].join(', ')}`);
    if (!expected.effects.includes(n)) problems.push(`${n} was recorded, and nobody wanted it`);
  }
  for (const [key, records] of Map.groupBy(recorded, (record) => record.key)) {
    const numbers = new Set(records.map(({ n }) => n));
    if (numbers.size > 1) problems.push(`${key} stands for ${[...numbers].join(' and ')}`);
  }
  if (end.kind === 'ended' && end.status === 'completed') {
    const missing = expected.effects.filter((n) => !byNumber.has(n));
    if (missing.length > 0) problems.push(`${missing.join(', ')} was never recorded`);
  }
  return problems;
}

function ofEachRun(check: (run: RunEvidence) => string[]): Invariant['check'] {
  return ({ runs }) =>
    runs.flatMap((run) => check(run).map((what) => `${run.id} (${run.provider}): ${what}`));
}

function ofEachEnded(check: (run: Ended) => string[]): Invariant['check'] {
  return ofEachRun((run) =>
    run.end.kind === 'ended' && run.end.result !== null ? check({ ...run, result: run.end.result }) : [],
  );
}
