import { totalCalls } from './calls.ts';
import type { RunProgress } from './progress.ts';
import type { Target } from './activities.ts';

/* What a person reads in the Temporal Web UI. */

/** Temporal refuses summaries above 400 bytes; a character can take four. */
const maximumSummaryLength = 96;

/** One line, cut to what fits. */
export function shorten(text: string, maximumLength: number = maximumSummaryLength): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  const characters = Array.from(line);
  return characters.length <= maximumLength ? line : `${characters.slice(0, maximumLength - 1).join('')}…`;
}

/** The workflow's own summary: provider, model and the first words of the input. */
export function summarizeRun(provider: string | undefined, model: string | undefined, input: string): string {
  return shorten([provider, model, input].filter((part) => part !== undefined).join(' · '));
}

/** 1st, 2nd, 3rd, 4th, …, 11th, 12th, …, 21st. */
export function ordinal(count: number): string {
  const tens = count % 100;
  if (tens >= 11 && tens <= 13) return `${count}th`;
  return `${count}${['th', 'st', 'nd', 'rd'][count % 10] ?? 'th'}`;
}

/** A duration as people write it: 400 ms, 1.1 s, 5 min, 2.5 h. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1_000) return `${Math.round(durationMs)} ms`;
  if (durationMs < 60_000) return `${round(durationMs / 1_000)} s`;
  if (durationMs < 3_600_000) return `${round(durationMs / 60_000)} min`;
  return `${round(durationMs / 3_600_000)} h`;
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** Why a call that is paid for is not sent once more. */
export function describeLostReplies(count: number, last: string): string {
  return `Replies were lost ${count} times, and nobody can tell what the calls have made. The last time: ${last}`;
}

/** The run's current details: a short markdown table. */
export function describeRun(target: Target, progress: RunProgress, doing: string): string {
  const attempt = progress.current ?? progress.ended.at(-1);
  const status = progress.current?.status ?? progress.ended.at(-1)?.outcome ?? 'not created yet';
  const rows: [string, string][] = [
    ['Now', doing],
    ['Status', status],
    ['Provider', `${target.provider}, account ${target.account}`],
    ['Model', progress.model ?? 'not known yet'],
    ['Attempt', attempt === undefined ? 'none yet' : `${attempt.number}: \`${attempt.ref.id}\``],
    ...(attempt?.ref.containerId === undefined
      ? []
      : [['Thread', `\`${attempt.ref.containerId}\``] satisfies [string, string]]),
    ...progress.ended
      .slice(0, progress.current === null ? -1 : undefined)
      .map((ended): [string, string] => [`Attempt ${ended.number}`, `\`${ended.ref.id}\` ${ended.outcome}`]),
    ['Tool rounds', String(progress.toolRounds)],
    ['Provider calls', String(totalCalls(progress.calls))],
  ];
  return ['| | |', '|---|---|', ...rows.map(([name, value]) => `| ${name} | ${toCell(value)} |`)].join('\n');
}

/** A provider's message may hold anything, a page of HTML among it: it must not break the table. */
function toCell(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll('|', String.raw`\|`);
}
