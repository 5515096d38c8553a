import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { runMain, StartupError } from '../config/process.ts';
import { playCampaign } from './campaign.ts';
import { injections } from './injections/index.ts';
import { kinds as allKinds } from './kinds.ts';
import { findViolations, type Violation } from './invariants.ts';
import type { CampaignRecord } from './record.ts';
import { summarize } from './report/summary.ts';
import { drawTimeline } from './report/timeline.ts';
import { formatReport } from './report/text.ts';

/*
 * The campaign: `npm run chaos -- --runs 200 --seed 7 [--minutes M]`. Real processes, random faults, and invariants that are checked when it
 * is over. Progress goes to stderr, the report to stdout; exit code 1 when an invariant did not hold.
 */

interface Flags {
  readonly runs: number;
  readonly seed: number;
  readonly minutes?: number;
  readonly state?: string;
  readonly only?: readonly string[];
  readonly kinds?: readonly string[];
}

/** Between the starts of two runs, in the mean: about as fast as two cores can play them. */
const startEveryMs = 170;
/** Whatever hangs. */
const longestMs = 2 * 3_600_000;

const command = new Command('chaos')
  .description('Runs under random faults, and what must hold when they are over')
  .option('--runs <count>', 'how many runs to start', readCount, 200)
  .option('--seed <number>', 'decides runs and faults; by default a new one', readCount, newSeed())
  .option(
    '--minutes <number>',
    'over which they are started; by default as fast as the machine can play them',
    readNumber,
  )
  .option('--only <names>', 'with these injections alone, by name, with commas; "none" for none', readNames)
  .option('--kinds <names>', 'with these kinds of runs alone, by name, with commas', readNames)
  .option('--state <folder>', 'for database, logs and reports; by default a new one in .durable-runs/chaos');

// Dying of a signal would leave behind what is paused: an exit kills it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));

await runMain(async () => {
  const { runs, seed, minutes, state, only, kinds } = command.parse().opts<Flags>();
  const startEvery = minutes === undefined ? startEveryMs : (minutes * 60_000) / runs;
  const stamp = new Date().toISOString().replaceAll(/[:.]/g, '-');
  const folder = path.resolve(state ?? path.join('.durable-runs', 'chaos', `${stamp}-seed-${seed}`));
  mkdirSync(folder, { recursive: true });
  say(`seed ${seed}, ${runs} runs, everything in ${folder}`);
  endAtLast(longestMs);

  const repertoire = {
    ...(only === undefined ? {} : { injections: choose(injections, only, '--only') }),
    ...(kinds === undefined ? {} : { kinds: choose(allKinds, kinds, '--kinds') }),
  };
  const record = await playCampaign({ seed, runs, startEveryMs: startEvery, repertoire, folder, say });
  const violations = findViolations(record.evidence);
  const summary = summarize(seed, record, violations);
  writeFileSync(path.join(folder, 'report.json'), JSON.stringify(summary, null, 2));
  writeFileSync(path.join(folder, 'evidence.json'), JSON.stringify(record.evidence));
  const { startedAtMs, tookMs, faults } = record;
  const timeline = drawTimeline({ startedAtMs, tookMs, faults, runs: record.evidence.runs });
  writeFileSync(path.join(folder, 'timeline.svg'), timeline);
  if (violations.length > 0) keepWhatExplains(folder, record, violations);
  const text = formatReport(summary);
  writeFileSync(path.join(folder, 'report.txt'), text);
  process.stdout.write(text);
  process.exit(violations.length === 0 ? 0 : 1);
});

function say(line: string): void {
  process.stderr.write(`chaos: ${line}\n`);
}

/** The histories of the runs that violate something, and all that the simulator has seen. */
function keepWhatExplains(
  folder: string,
  { histories, simulatorLog }: CampaignRecord,
  violations: readonly Violation[],
): void {
  writeFileSync(path.join(folder, 'simulator-log.json'), simulatorLog);
  for (const [id, documents] of histories) {
    if (!violations.some(({ what }) => what.includes(id))) continue;
    for (const [index, document] of documents().entries())
      writeFileSync(path.join(folder, `history-${id}-${index + 1}.json`), document);
  }
}

/** Whatever hangs: the campaign ends, and its processes with it. */
function endAtLast(afterMs: number): void {
  setTimeout(() => {
    process.stderr.write(`chaos: not over after ${Math.round(afterMs / 1_000)} s; something hangs.\n`);
    process.exit(1);
  }, afterMs).unref();
}

function readNames(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}

function choose<T extends { readonly name: string }>(
  from: readonly T[],
  names: readonly string[],
  flag: string,
): T[] {
  const unknown = names.filter((name) => name !== 'none' && !from.some((each) => each.name === name));
  if (unknown.length > 0) {
    const known = from.map(({ name }) => name).join(', ');
    throw new StartupError(`${flag}: there is no ${unknown.join(', ')}; known: ${known}.`);
  }
  return from.filter(({ name }) => names.includes(name));
}

function readCount(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('Expected a whole number above 0.');
  return value;
}

function readNumber(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('Expected a number above 0.');
  return value;
}

function newSeed(): number {
  return Math.floor(Math.random() * 1_000_000_000) + 1;
}
