import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { RunNotCompletedError, RunsClient, type RunHandle } from '../../client/index.ts';
import { mapSideBySide } from '../../scripts/mapSideBySide.ts';
import type { Forgery } from '../injections/injection.ts';
import type { RunPlan } from '../plan.ts';
import { persist } from '../stage/persist.ts';
import { findSecrets } from '../stage/secrets.ts';
import type { Stage } from '../stage/stage.ts';
import { findAcknowledged, findMissed } from './acknowledged.ts';
import { findDoubles } from './doubles.ts';
import { readHistories } from './history.ts';
import type { Evidence, Leak, RunEnd, RunEvidence } from './types.ts';

/** How often a cancelled run is asked for what it has spent: only a worker can tell. */
const maximumQuestions = 5;
/** More would only wait for Temporal's database. */
const sideBySide = 16;

/** What is to be judged, and what helps to understand it. */
export interface Gathered {
  readonly evidence: Omit<Evidence, 'memory' | 'crashes' | 'missingFaults'>;
  /** Of each run, by its id: gives the JSON of each execution. */
  readonly histories: ReadonlyMap<string, () => readonly string[]>;
  /** JSON. */
  readonly simulatorLog: string;
}

/** Asks all witnesses. The faults must be over. */
export async function gatherEvidence(
  stage: Stage,
  plans: readonly RunPlan[],
  forgeries: readonly Forgery[],
  aborted: AbortSignal,
): Promise<Gathered> {
  const { client, simulator, counter, secrets } = stage;
  const runs = new RunsClient(client);
  const report = await simulator.report();
  const log = await simulator.readLog();
  const doublesOf = findDoubles(log.events);
  const acknowledgedOf = findAcknowledged(log.events);
  const madeOf = new Map(report.tags.map(({ tag, runs: made }) => [tag.durable_run_id, made]));
  const recordedOf = Map.groupBy(counter.records, ({ key }) => runOfKey(key));
  const leaks: Leak[] = [];
  const histories = new Map<string, () => readonly string[]>();
  const search = (text: string, where: string): void => {
    for (const what of findSecrets(text, secrets)) leaks.push({ what, where });
  };

  const evidence = await mapSideBySide(plans, sideBySide, async (plan): Promise<RunEvidence> => {
    const { id, kind, provider, expected } = plan;
    const end = await persist(() => readEnd(client, runs.getHandle(id)), aborted);
    const { text, facts, documents } = await persist(() => readHistories(client, id), aborted);
    histories.set(id, documents);
    search(text, `the history of ${id}`);
    search(JSON.stringify(end), `the result of ${id}`);
    return {
      id,
      kind,
      provider,
      expected,
      end,
      history: {
        ...facts,
        forged: forgeries.map(({ webhookId }) => webhookId).filter((webhookId) => text.includes(webhookId)),
      },
      made: madeOf.get(id) ?? [],
      doubles: doublesOf.get(id) ?? [],
      missedWebhooks: findMissed(acknowledgedOf.get(id) ?? [], end, text),
      recorded: recordedOf.get(id) ?? [],
    };
  });
  for (const file of await readdir(stage.logFolder)) {
    // The simulator is the provider: what it writes down is its own.
    if (file.startsWith('simulator')) continue;
    search(await readFile(path.join(stage.logFolder, file), 'utf8'), `the log ${file}`);
  }

  const ours = new Set(plans.map(({ id }) => id));
  const strangers = report.tags
    .filter(({ tag }) => !ours.has(tag.durable_run_id))
    .flatMap(({ runs: made }) => made.map(({ id }) => id));
  const tagged = report.tags.reduce((sum, { runs: made }) => sum + made.length, 0);
  if (tagged !== report.totals.created)
    strangers.push(`something without a tag (${report.totals.created - tagged})`);
  if (!report.complete) strangers.push('what the simulator has forgotten');
  const strayKeys = counter.records.map(({ key }) => key).filter((key) => !ours.has(runOfKey(key)));
  return {
    evidence: { runs: evidence, forgeries, leaks, strangers, strayKeys },
    histories,
    simulatorLog: log.text,
  };
}

/** An idempotency key begins with the run's id. */
function runOfKey(key: string): string {
  return key.split('/')[0] ?? '';
}

async function readEnd(client: Client, handle: RunHandle): Promise<RunEnd> {
  // A report would have a worker replay the whole run: most have ended, and their history says how.
  const description = await client.workflow.getHandle(handle.id).describe();
  if (description.status.name === 'RUNNING') {
    const outline = await handle.report();
    return { kind: 'open', doing: outline.knownFrom === 'temporal' ? 'no worker knows' : outline.doing };
  }
  for (let questions = 1; ; questions += 1) {
    try {
      const result = await handle.result();
      return { kind: 'ended', status: result.status, reason: '', result };
    } catch (error) {
      if (!(error instanceof RunNotCompletedError)) throw error;
      const { status, reason, result } = error;
      if (result !== null || questions === maximumQuestions) return { kind: 'ended', status, reason, result };
      await sleep(1_000);
    }
  }
}
