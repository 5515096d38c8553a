import type { RunReport } from '../../core/report.ts';
import { formatDuration } from '../../core/story.ts';
import type { KnownRun } from '../report.ts';
import type { Paint } from './output.ts';
import { describeCalls, describeTools, describeUsage, formatTime, paintStatus } from './phrases.ts';
import { renderTable } from './table.ts';

type Row = readonly [name: string, value: string];

/** All that is known of a run, as a table of two columns. */
export function renderKnownRun(run: KnownRun, webUi: string | null, paint: Paint): string {
  const rows: Row[] = [
    ['Run', run.id],
    ['Status', paintStatus(run.status, paint)],
    ...(run.knownFrom === 'temporal' ? outlineRows(run) : reportRows(run)),
    ...(webUi === null ? [] : [['Web UI', webUi] satisfies Row]),
  ];
  return renderTable(rows.map(([name, value]) => [paint('dim', name), value]));
}

/** What `watch` shows of a run that is going. */
export function describeDoing(run: KnownRun): string {
  if (run.knownFrom === 'temporal') return `${run.status}; no worker answers`;
  const attempt = run.current;
  return attempt === null ? run.doing : `attempt ${attempt.number} ${attempt.status}: ${run.doing}`;
}

function outlineRows(run: Extract<KnownRun, { knownFrom: 'temporal' }>): Row[] {
  return [
    ['Known from', 'Temporal only: no worker answered. Is one running?'],
    ['Provider', run.provider ?? 'not known'],
    ['Model', run.model ?? 'not known'],
    ['Started', formatTime(run.timings.startedAtMs)],
    ...(run.timings.endedAtMs === null ? [] : [['Ended', formatTime(run.timings.endedAtMs)] satisfies Row]),
  ];
}

function reportRows(run: RunReport): Row[] {
  const ended = run.attempts.map(({ number, ref, outcome, error }): Row => [
    `Attempt ${number}`,
    `${ref.id} ${outcome}${error === undefined ? '' : `: ${error.message}`}`,
  ]);
  const current = run.current;
  const thread = (current ?? run.attempts.at(-1))?.ref.containerId;
  return [
    ...(run.status === 'running' ? [['Doing', run.doing] satisfies Row] : []),
    ...(run.error === null ? [] : [['Error', `${run.error.code}: ${run.error.message}`] satisfies Row]),
    ['Provider', `${run.provider}, account ${run.account}`],
    ['Model', run.model ?? 'not known yet'],
    ...ended,
    ...(current === null
      ? []
      : [[`Attempt ${current.number}`, `${current.ref.id} ${current.status}`] satisfies Row]),
    ...(thread === undefined ? [] : [['Thread', thread] satisfies Row]),
    ['Calls', describeCalls(run.calls)],
    ['Tools', describeTools(run)],
    ['Usage', describeUsage(run.usage)],
    ['Started', formatTime(run.timings.startedAtMs)],
    ...untilCreated(run),
    ...untilEnded(run),
  ];
}

function untilCreated({ timings }: RunReport): Row[] {
  if (timings.createdAtMs === null) return [];
  return [['Created', `${formatDuration(timings.createdAtMs - timings.startedAtMs)} later`]];
}

function untilEnded({ timings }: RunReport): Row[] {
  if (timings.endedAtMs === null) return [];
  return [['Ended', `${formatDuration(timings.endedAtMs - timings.startedAtMs)} after the start`]];
}
