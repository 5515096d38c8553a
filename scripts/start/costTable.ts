import Table from 'cli-table3';
import { listCalls } from '../../client/output/phrases.ts';
import { totalCalls } from '../../core/calls.ts';
import { formatDuration } from '../../core/story.ts';
import type { PlayedScene } from './showcase.ts';

/** What each run cost, as a table for a terminal. */
export function formatCosts(scenes: readonly PlayedScene[]): string {
  const table = new Table({
    head: ['Provider', 'Run', 'Provider calls', 'Learnt after', 'Attempts', 'Answer'],
    style: { head: [], border: [] },
    wordWrap: true,
    colWidths: [12, 27, 26, 14, 14, 30],
  });
  for (const { title, result, learntAfterMs } of scenes) {
    table.push([
      result.provider,
      title,
      `${totalCalls(result.calls)}: ${listCalls(result.calls)}`,
      learntAfterMs === null ? 'not measured' : formatDuration(Math.max(0, learntAfterMs)),
      `${result.attempts.length}: ${result.attempts.map(({ outcome }) => outcome).join(', ') || 'none'}`,
      result.text ?? `${result.status}: ${result.error?.message ?? ''}`,
    ]);
  }
  return table.toString();
}
