import { containsAll } from '../log.ts';
import type { Log } from '../log.ts';
import type { DeliveryLog, DeliveryState } from '../webhooks/deliveries.ts';
import type { Ledger } from './ledger.ts';
import { addTo, noSums } from './summary.ts';
import type { RunSummary, Sums } from './summary.ts';
import { violationsOfRuns, violationsOfTag } from './violations.ts';
import type { Violation } from './violations.ts';

/** What the report is about. */
export interface ReportQuery {
  /** The metadata keys that make a tag; those of `metadata` when not given. */
  by?: readonly string[] | undefined;
  /** The metadata key that tells the attempts of a tag apart. */
  attempt?: string | undefined;
  /** Only what has every pair. */
  metadata?: Record<string, string> | undefined;
}

/** What there was under one tag. */
export interface TagReport extends Sums {
  tag: Record<string, string>;
  runs: RunSummary[];
  /** Webhook ids. */
  deliveriesGivenUp: string[];
}

/** The truth about what callers did to this server. */
export interface Report {
  seed: string;
  /** False when the oldest runs are only counted in `totals`, for there were too many. */
  complete: boolean;
  requests: { total: number; byEndpoint: Record<string, number> };
  totals: Sums;
  deliveries: Record<DeliveryState, number>;
  /** One entry for each tag, in the order of their first runs; what lacks one of the keys is in none. */
  tags: TagReport[];
  violations: Violation[];
}

/** Makes the report. */
export function makeReport(
  { ledger, deliveries, log, seed }: { ledger: Ledger; deliveries: DeliveryLog; log: Log; seed: string },
  { metadata = {}, by = Object.keys(metadata), attempt }: ReportQuery,
): Report {
  const runs = ledger.runs().filter((run) => containsAll(run.metadata, metadata));
  const byEndpoint = log.counts();
  const wholeOf = Object.keys(metadata).length === 0 ? ledger.folded() : noSums();
  const totals = structuredClone(wholeOf);
  for (const run of runs) addTo(totals, run);

  const tagOf = (of: Record<string, string>): Record<string, string> | undefined => {
    const pairs = by.flatMap((key) => (of[key] === undefined ? [] : [[key, of[key]] as const]));
    return by.length > 0 && pairs.length === by.length ? Object.fromEntries(pairs) : undefined;
  };
  const tags = new Map<string, TagReport>();
  for (const run of runs) {
    const tag = tagOf(run.metadata);
    if (tag === undefined) continue;
    const name = JSON.stringify(tag);
    const report = tags.get(name) ?? { tag, ...noSums(), runs: [], deliveriesGivenUp: [] };
    tags.set(name, report);
    report.runs.push(run);
    addTo(report, run);
  }
  for (const { webhookId, metadata: of } of deliveries.list({ state: 'given_up' })) {
    tags.get(JSON.stringify(tagOf(of)))?.deliveriesGivenUp.push(webhookId);
  }

  return {
    seed,
    complete: ledger.folded().created === 0,
    requests: { total: Object.values(byEndpoint).reduce((sum, count) => sum + count, 0), byEndpoint },
    totals,
    deliveries: deliveries.totals(),
    tags: [...tags.values()],
    violations: [
      ...[...tags.values()].flatMap((report) => violationsOfTag(report.tag, report.runs, attempt)),
      ...violationsOfRuns(runs),
    ],
  };
}
