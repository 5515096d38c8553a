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
 * Measured: up to 900 MiB for a worker with 80 runs open, most of it V8's young garbage, and 240 for a bridge. A queue or a cache without
 * bounds passes these; a slow leak does not, for no process here lives for longer than some minutes.
 */
const mostMebibytes = { worker: 1_100, bridge: 400 } as const;

/** With so many runs every process has been warm for a while. */
const longCampaignRuns = 100;

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
    name: 'every run has met what its kind is for',
    check: (evidence) => [...ofEachEnded(findUnmet)(evidence), ...findUnmetKinds(evidence)],
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
  {
    name: 'every tool call acts once',
    check: (evidence) => [
      ...evidence.strayKeys.map((key) => `${key} is a key of no run`),
      ...ofEachRun(findActs)(evidence),
    ],
  },
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
    check: ({ memory, runs }) => [
      ...memory
        .filter(({ sort, most }) => most > mostMebibytes[sort])
        .map(({ sort, pid, most }) => `a ${sort} (process ${pid}) has had ${most} MiB`),
      ...(['worker', 'bridge'] as const)
        .filter((sort) => runs.length >= longCampaignRuns && !memory.some((seen) => seen.sort === sort))
        .map((sort) => `no ${sort} has been looked at`),
    ],
  },
  {
    name: 'no process ends by itself',
    check: ({ crashes }) =>
      Object.entries(crashes)
        .filter(([, count]) => count > 0)
        .map(([sort, count]) => `${count} ${sort}`),
  },
  {
    name: 'every sort of fault was injected',
    check: ({ missingFaults }) => missingFaults.map((name) => `never done: ${name}`),
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

function findUnmet({ expected, result, history }: Ended): string[] {
  const { attempts = 0, executions = 0 } = expected.atLeast ?? {};
  if (lostEveryReply(result)) return [];
  return [
    { what: 'attempts', least: attempts, met: result.attempts.length + result.recreations },
    { what: 'executions', least: executions, met: history.executions },
  ]
    .filter(({ least, met }) => met < least)
    .map(({ what, least, met }) => `${met} ${what} instead of ${least} or more`);
}

/** Of one run that is to lose a reply, a storm's fault may take the place of its own; of most it does not. */
const fewRuns = 4;

function findUnmetKinds({ runs }: Evidence): string[] {
  const losing = runs.filter(({ expected }) => expected.atLeast?.losesReply === true);
  const groups = Map.groupBy(losing, ({ kind, provider }) => `${kind} (${provider})`);
  return [...groups]
    .map(([name, group]) => ({ name, count: group.length, met: group.filter(hasLostReply).length }))
    .filter(({ count, met }) => count >= fewRuns && met * 2 < count)
    .map(({ name, count, met }) => `${name}: ${met} of ${count} have lost a reply`);
}

/** What a lost reply has made was found again, or the call was sent again. */
function hasLostReply({ end }: RunEvidence): boolean {
  if (end.kind === 'open' || end.result === null) return false;
  return end.result.recreations > 0 || end.result.attempts.some(({ adopted }) => adopted);
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
