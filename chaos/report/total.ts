import * as z from 'zod';

/** What is read of a campaign's `report.json`. */
export const reportSchema = z.object({
  seed: z.int(),
  tookMs: z.number(),
  runs: z.int(),
  faultCount: z.int(),
  faults: z.record(z.string(), z.int()),
  figures: z.record(z.string(), z.number()),
  kinds: z.array(z.object({ kind: z.string(), provider: z.string(), runs: z.int(), asExpected: z.int() })),
  recovery: z.array(
    z.object({
      fault: z.string(),
      count: z.int(),
      median: z.number(),
      p99: z.number(),
      longest: z.number(),
    }),
  ),
  violations: z.array(z.unknown()),
});
export type Report = z.output<typeof reportSchema>;

/** Several campaigns as one, in Markdown: the tables of `docs/reliability.md`. */
export function formatTotal(reports: readonly Report[]): string {
  return [
    table(
      ['Seed', 'Runs', 'Faults', 'Violations', 'Took, s'],
      reports.map(({ seed, runs, faultCount, violations, tookMs }) => [
        String(seed),
        runs,
        faultCount,
        violations.length,
        Math.round(tookMs / 1_000),
      ]),
    ),
    table(['Figure', 'All together'], totalFigures(reports)),
    table(
      ['Fault', 'Count'],
      sumByName(reports.map(({ faults }) => faults)).toSorted(([a], [b]) => a.localeCompare(b)),
    ),
    table(['Kind of run', 'Provider', 'Runs', 'Ended as its script implies'], totalKinds(reports)),
    table(
      ['After', 'Count', 'Median of the medians, s', 'Worst p99, s', 'Longest, s'],
      totalRecovery(reports),
    ),
  ].join('\n');
}

function totalFigures(reports: readonly Report[]): (readonly [string, number])[] {
  return sumByName(reports.map(({ figures }) => figures)).map(([name, sum]) => [
    name,
    // The others are counts; of memory the most that any process had.
    name.startsWith('most ') ? Math.max(...reports.map(({ figures }) => figures[name] ?? 0)) : sum,
  ]);
}

function totalKinds(reports: readonly Report[]): (string | number)[][] {
  const groups = Map.groupBy(
    reports.flatMap(({ kinds }) => kinds),
    ({ kind, provider }) => `${kind} ${provider}`,
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const sum = (of: (each: Report['kinds'][number]) => number): number =>
      group.reduce((total, each) => total + of(each), 0);
    return [[first.kind, first.provider, sum(({ runs }) => runs), sum(({ asExpected }) => asExpected)]];
  });
}

function totalRecovery(reports: readonly Report[]): (string | number)[][] {
  const groups = Map.groupBy(
    reports.flatMap(({ recovery }) => recovery),
    ({ fault }) => fault,
  );
  return [...groups]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([fault, group]) => {
      const medians = group.map(({ median }) => median).toSorted((a, b) => a - b);
      return [
        fault,
        group.reduce((total, { count }) => total + count, 0),
        seconds(medians[Math.floor(medians.length / 2)] ?? 0),
        seconds(Math.max(...group.map(({ p99 }) => p99))),
        seconds(Math.max(...group.map(({ longest }) => longest))),
      ];
    });
}

function sumByName(records: readonly Readonly<Record<string, number>>[]): [string, number][] {
  const sums = new Map<string, number>();
  for (const record of records)
    for (const [name, count] of Object.entries(record)) sums.set(name, (sums.get(name) ?? 0) + count);
  return [...sums];
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n');
}

function line(cells: readonly (string | number)[]): string {
  return `| ${cells.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en-US') : cell)).join(' | ')} |`;
}
