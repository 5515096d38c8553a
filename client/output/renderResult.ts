import type { RunResult } from '../../core/result.ts';
import { formatDuration } from '../../core/story.ts';
import { count, describeAttempts, describeCalls, describeTools, describeUsage } from './phrases.ts';

/** One line: how the run ended, and what it took. */
export function describeCost(result: RunResult): string {
  const { timings, recreations } = result;
  return [
    `${result.status} in ${formatDuration(timings.endedAtMs - timings.startedAtMs)}`,
    describeCalls(result.calls),
    describeAttempts(result.attempts),
    describeTools(result),
    describeUsage(result.usage),
    ...(recreations === 0 ? [] : [`created again ${count(recreations, 'time')} after a lost reply`]),
  ].join(' · ');
}
