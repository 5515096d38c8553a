import type { CampaignRecord, InjectedFault } from '../record.ts';
import type { MemoryEvidence, RunEvidence } from '../evidence/types.ts';
import { countUntold } from '../evidence/accounts.ts';
import { lostEveryReply } from '../evidence/excuses.ts';
import type { Violation } from '../invariants.ts';
import { measureRecovery, type Recovery } from './recovery.ts';

/** What the report says, for people and for machines. */
export interface Summary {
  readonly seed: number;
  readonly tookMs: number;
  readonly runs: number;
  /** Everything that went wrong on purpose, once for each time that it hit. */
  readonly faultCount: number;
  readonly kinds: readonly KindSummary[];
  /** What was injected, by name. API and webhook faults count each time that the simulator has applied one. */
  readonly faults: Readonly<Record<string, number>>;
  readonly figures: Readonly<Record<string, number>>;
  /** Time to recover, in ms. */
  readonly recovery: readonly Recovery[];
  readonly violations: readonly Violation[];
  /** In the order of time. */
  readonly timeline: readonly InjectedFault[];
}

export interface KindSummary {
  readonly kind: string;
  readonly provider: string;
  readonly runs: number;
  readonly asExpected: number;
  /** From start to end, in ms; null when none has ended. */
  readonly medianMs: number | null;
  readonly longestMs: number | null;
}

/** These are counted where they hit. */
const storms = new Set(['API faults', 'webhook faults']);

export function summarize(seed: number, record: CampaignRecord, violations: readonly Violation[]): Summary {
  const { evidence, faults, simulatorFaults } = record;
  const injected: Record<string, number> = {};
  for (const { name, problem } of faults)
    if (problem === null && !storms.has(name)) injected[name] = (injected[name] ?? 0) + 1;
  const counts = { ...injected, ...simulatorFaults };
  return {
    seed,
    tookMs: record.tookMs,
    runs: evidence.runs.length,
    faultCount: Object.values(counts).reduce((sum, count) => sum + count, 0),
    kinds: summarizeKinds(evidence.runs),
    faults: counts,
    figures: { ...countFigures(evidence.runs), ...countOutside(record) },
    recovery: measureRecovery(faults, evidence.runs, record.startedAtMs),
    violations,
    timeline: faults,
  };
}

function summarizeKinds(runs: readonly RunEvidence[]): KindSummary[] {
  const groups = Map.groupBy(runs, ({ kind, provider }) => `${kind} ${provider}`);
  return [...groups.values()]
    .flatMap((group) => {
      const [first] = group;
      if (first === undefined) return [];
      const took = group.flatMap(durationOf).toSorted((a, b) => a - b);
      return {
        kind: first.kind,
        provider: first.provider,
        runs: group.length,
        asExpected: group.filter(
          ({ end, expected }) => end.kind === 'ended' && end.status === expected.status,
        ).length,
        medianMs: took[Math.floor(took.length / 2)] ?? null,
        longestMs: took.at(-1) ?? null,
      };
    })
    .toSorted((a, b) => a.kind.localeCompare(b.kind) || a.provider.localeCompare(b.provider));
}

function durationOf({ end }: RunEvidence): number[] {
  if (end.kind === 'open' || end.result === null) return [];
  const { startedAtMs, endedAtMs } = end.result.timings;
  return [endedAtMs - startedAtMs];
}

function countFigures(runs: readonly RunEvidence[]): Record<string, number> {
  const ended = runs.flatMap(({ end, made }) =>
    end.kind === 'ended' && end.result !== null ? [{ result: end.result, made }] : [],
  );
  const sum = (of: (run: (typeof ended)[number]) => number): number =>
    ended.reduce((total, run) => total + of(run), 0);
  const doubles = runs.flatMap((run) => run.doubles);
  return {
    'runs lost': runs.filter(({ end }) => end.kind === 'open').length,
    'calls that made something twice': doubles.length,
    'tool calls acted on twice': runs.reduce((total, run) => total + countActedTwice(run), 0),
    'made at the provider': runs.reduce((total, { made }) => total + made.length, 0),
    'found again after a lost reply': sum(
      ({ result }) => result.attempts.filter(({ adopted }) => adopted).length,
    ),
    'calls sent again with a risk': sum(({ result }) => result.recreations),
    'orphans heard of': sum(({ result }) => result.orphans.length),
    'orphans never heard of': sum(countUntold),
    'restarted attempts': sum(({ result }) => Math.max(0, result.attempts.length - 1)),
    'tool calls acted on': new Set(runs.flatMap(({ recorded }) => recorded.map(({ key }) => key))).size,
    'tool tries, repeated ones included': runs.reduce((total, { recorded }) => total + recorded.length, 0),
    'runs that lost every reply of a call': sum(({ result }) => (lostEveryReply(result) ? 1 : 0)),
    'workflow executions': runs.reduce((total, { history }) => total + history.executions, 0),
    'runs that began with a next build': runs.filter(({ history }) => history.beganWithNextBuild).length,
    'workflow tasks cut short by a pause': runs.reduce(
      (total, { history }) => total + history.tasksCutShort,
      0,
    ),
    'history events': runs.reduce((total, { history }) => total + history.events, 0),
  };
}

function countOutside(record: CampaignRecord): Record<string, number> {
  const { deliveries, evidence, faults, providerRequests } = record;
  return {
    'requests to the provider': providerRequests,
    'webhooks acknowledged': deliveries['acknowledged'] ?? 0,
    'webhooks lost': deliveries['lost'] ?? 0,
    'webhooks pending at the end': deliveries['pending'] ?? 0,
    'forgeries and replays refused': evidence.forgeries.filter(({ status }) => status === 400).length,
    'forgeries and replays without an answer': evidence.forgeries.filter(({ status }) => status === null)
      .length,
    'workers that ended by themselves': evidence.crashes.workers,
    'bridges that ended by themselves': evidence.crashes.bridges,
    'most memory of a worker, MiB': mostMemory(evidence.memory, 'worker'),
    'most memory of a bridge, MiB': mostMemory(evidence.memory, 'bridge'),
    'injections that could not be done': faults.filter(({ problem }) => problem !== null).length,
  };
}

/** Under one idempotency key the outside world acts once: what counts is a number that came under two. */
function countActedTwice({ recorded }: RunEvidence): number {
  const byNumber = Map.groupBy(recorded, ({ n }) => n);
  return [...byNumber.values()].filter((same) => new Set(same.map(({ key }) => key)).size > 1).length;
}

function mostMemory(memory: readonly MemoryEvidence[], wanted: MemoryEvidence['sort']): number {
  return Math.max(0, ...memory.filter(({ sort }) => sort === wanted).map(({ most }) => most));
}
