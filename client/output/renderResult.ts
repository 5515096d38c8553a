import type { RunResult } from '../../core/result.ts';
import { formatDuration } from '../../core/story.ts';
import { count, describeAttempts, describeCalls, describeTools, describeUsage } from './phrases.ts';

/** What a run has to say: its text, or why there is none; null when there is nothing at all. */
export function describeAnswer({ text, refusal, omittedBytes, attempts }: RunResult): string | null {
  if (text !== null && text !== '') return text;
  if (refusal !== null) return `The model refused: ${refusal}`;
  if (omittedBytes === null) return text;
  const place = attempts.at(-1)?.ref.id ?? 'the provider';
  return `The answer has ${omittedBytes} bytes, more than Temporal carries. It is at the provider: ${place}.`;
}

/** One line: how the run ended, and what it took. */
export function describeCost(result: RunResult): string {
  const { timings, recreations, orphans } = result;
  return [
    `${result.status} in ${formatDuration(timings.endedAtMs - timings.startedAtMs)}`,
    describeCalls(result.calls),
    describeAttempts(result.attempts),
    describeTools(result),
    describeUsage(result.usage),
    ...(recreations === 0 ? [] : [`sent again ${count(recreations, 'time')} after a lost reply`]),
    ...(orphans.length === 0 ? [] : [`paid twice: ${orphans.map(({ id }) => id).join(', ')}`]),
  ].join(' · ');
}
