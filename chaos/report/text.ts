import Table from 'cli-table3';
import type { Summary } from './summary.ts';

/** The report as people read it. Its last line is for scripts. */
export function formatReport(summary: Summary): string {
  const { kinds, faults, recovery, figures, violations, timeline, runs, faultCount } = summary;
  const sections = [
    `Seed ${summary.seed}, ${seconds(summary.tookMs)} s`,
    table(
      ['Runs', 'Provider', 'Count', 'As expected', 'Median s', 'Longest s'],
      kinds.map((kind) => [
        kind.kind,
        kind.provider,
        kind.runs,
        kind.asExpected,
        seconds(kind.medianMs),
        seconds(kind.longestMs),
      ]),
    ),
    table(
      ['Fault', 'Count'],
      Object.entries(faults).toSorted(([a], [b]) => a.localeCompare(b)),
    ),
    table(
      ['After', 'Count', 'Next end of a run: median s', 'p99 s', 'Longest s'],
      recovery.map(({ fault, count, median, p99, longest }) => [
        fault,
        count,
        ...[median, p99, longest].map(seconds),
      ]),
    ),
    table(['Figure', 'Count'], Object.entries(figures)),
    ...timeline.flatMap(({ name, problem }) => (problem === null ? [] : [`Not done: ${name}: ${problem}`])),
    ...(violations.length === 0
      ? ['Every invariant held.']
      : violations.map(({ invariant, what }) => `VIOLATION ${invariant}: ${what}`)),
    `chaos: ${runs} runs, ${faultCount} faults, ${violations.length} violations`,
  ];
  return `${sections.join('\n')}\n`;
}

function table(head: string[], rows: (readonly (string | number)[])[]): string {
  const drawn = new Table({ head, style: { head: [], border: [], compact: true } });
  for (const row of rows) drawn.push(row.map(String));
  return drawn.toString();
}

function seconds(ms: number | null): string {
  return ms === null ? '' : (ms / 1_000).toFixed(1);
}
