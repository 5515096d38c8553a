import { formatDuration } from '../../core/story.ts';
import type { RunOutline } from '../report.ts';
import type { Paint } from './output.ts';
import { formatTime, paintStatus } from './phrases.ts';
import { renderTable } from './table.ts';

/** Runs as a table, a line each. `nowMs` is what the duration of a run that is going is counted to. */
export function renderList(runs: readonly RunOutline[], nowMs: number, paint: Paint): string {
  const head = ['ID', 'STATUS', 'PROVIDER', 'MODEL', 'STARTED', 'DURATION'].map((name) =>
    paint('bold', name),
  );
  const rows = runs.map(({ id, status, provider, model, timings }) => [
    id,
    paintStatus(status, paint),
    provider ?? '-',
    model ?? '-',
    formatTime(timings.startedAtMs),
    formatDuration(Math.max(0, (timings.endedAtMs ?? nowMs) - timings.startedAtMs)),
  ]);
  return renderTable([head, ...rows]);
}
