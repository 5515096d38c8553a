import { realNowMs } from '../clock.ts';
import type { ActiveRule } from '../faults/rules.ts';
import type { Context } from '../http/context.ts';
import type { RequestEntry } from '../log.ts';
import { hasEnded, shownStatus as responseStatus } from '../responses/record.ts';
import type { ResponseRecord } from '../responses/record.ts';
import { isTerminal, shownStatus } from '../runs/record.ts';
import type { RunRecord } from '../runs/record.ts';
import { SHOWN } from './recent.ts';

/** One line of the table of runs and responses. */
interface ShownObject {
  id: string;
  status: string;
  model: string;
  rounds: number;
  /** Null while nothing is known. */
  tokens: number | null;
  metadata: Record<string, string>;
  /** Simulated milliseconds since its creation. */
  ageMs: number;
  /** Why it ended as it did. */
  note: string | null;
}

/** Everything the page shows, newest first: counts of all, lines of the newest, so that its size does not grow. */
export function pageState(context: Context) {
  const { clock, engine, responses, faults, recent } = context;
  const runs = engine.runs();
  const answers = responses.responses();
  const nowMs = clock.now();
  const newest = [...runs.slice(-SHOWN), ...answers.slice(-SHOWN)]
    .toSorted((a, b) => b.createdAtMs - a.createdAtMs)
    .slice(0, SHOWN);
  return {
    atMs: realNowMs(),
    time: clock.state(),
    totals: {
      ...recent.totals,
      rules: faults.list().length,
      objects: runs.length + answers.length,
      active:
        runs.filter(({ state }) => !isTerminal(state)).length +
        answers.filter(({ state }) => !hasEnded(state)).length,
    },
    statuses: countStatuses([
      ...runs.map(({ state }) => shownStatus(state)),
      ...answers.map(({ state }) => responseStatus(state)),
    ]),
    objects: newest.map((one) => ('threadId' in one ? showRun(one, nowMs) : showResponse(one, nowMs))),
    deliveries: recent.deliveries
      .toReversed()
      .map(({ seq, at, type, url, webhookId, status, error, ...rest }) => ({
        seq,
        at,
        type,
        url,
        webhookId,
        try: rest.try,
        status,
        error,
      })),
    rules: faults.list().slice(0, SHOWN).map(showRule),
    requests: recent.requests.toReversed().map((entry) => ({
      seq: entry.seq,
      at: entry.at,
      endpoint: entry.endpoint,
      method: entry.method,
      path: entry.path,
      durationMs: entry.durationMs,
      answer: entry.status === null ? entry.outcome : String(entry.status),
      fine: isFine(entry),
    })),
  };
}

function showRun(run: RunRecord, nowMs: number): ShownObject {
  const { state, settings, rounds, spent, metadata } = run;
  const note =
    state.status === 'failed' ? state.error.message : state.status === 'incomplete' ? state.reason : null;
  return {
    id: run.id,
    status: shownStatus(state),
    model: settings.model,
    rounds: rounds.length,
    tokens: spent.prompt + spent.completion,
    metadata,
    ageMs: nowMs - run.createdAtMs,
    note,
  };
}

function showResponse(response: ResponseRecord, nowMs: number): ShownObject {
  const { state, output, usage, metadata, body } = response;
  return {
    id: response.id,
    status: responseStatus(state),
    model: body.model,
    rounds: output.some((item) => item.type === 'function_call') ? 1 : 0,
    tokens: usage?.total_tokens ?? null,
    metadata,
    ageMs: nowMs - response.createdAtMs,
    note:
      state.status === 'failed' ? state.error.message : state.status === 'incomplete' ? state.reason : null,
  };
}

function showRule(rule: ActiveRule) {
  const { kind, ...details } = rule.fault;
  const given = Object.entries(details).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return {
    id: rule.id,
    on: rule.on,
    fault: given.length === 0 ? kind : `${kind} (${given.join(', ')})`,
    match: rule.match === undefined ? null : JSON.stringify(rule.match),
    applied: rule.times === null ? String(rule.applied) : `${rule.applied} of ${rule.times}`,
  };
}

function isFine({ status, outcome }: RequestEntry): boolean {
  return outcome === 'answered' && status !== null && status < 400;
}

function countStatuses(statuses: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1);
  return Object.fromEntries(counts);
}
