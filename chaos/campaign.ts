import { setTimeout as sleep } from 'node:timers/promises';
import { RunsClient } from '../client/index.ts';
import { driveRun } from './drive.ts';
import { gatherEvidence } from './evidence/gather.ts';
import type { Evidence } from './evidence/types.ts';
import type { Forgery, Scene } from './injections/injection.ts';
import { planCampaign, type CampaignPlan, type FaultPlan, type RunPlan } from './plan.ts';
import { Random } from './random.ts';
import { readMemory } from './stage/memory.ts';
import { startStage, type Stage } from './stage/stage.ts';

export interface CampaignOptions {
  readonly seed: number;
  readonly runs: number;
  /** Over which the runs are started, and the faults injected. */
  readonly spreadMs: number;
  /** Database, logs and reports. */
  readonly folder: string;
  readonly say: (line: string) => void;
}

/** A fault, and what came of injecting it. Times from the campaign's start. */
export interface InjectedFault {
  readonly name: string;
  readonly detail: string;
  readonly atMs: number;
  readonly endedAtMs: number;
  /** null: it was done. */
  readonly problem: string | null;
}

/** A campaign that is over. */
export interface CampaignRecord {
  readonly plan: CampaignPlan;
  readonly faults: readonly InjectedFault[];
  /** How often the simulator has applied each sort of fault. */
  readonly simulatorFaults: Readonly<Record<string, number>>;
  readonly deliveries: Readonly<Record<string, number>>;
  readonly providerRequests: number;
  readonly endedByThemselves: { readonly workers: number; readonly bridges: number };
  readonly evidence: Evidence;
  /** For whoever has to understand a violation. */
  readonly histories: ReadonlyMap<string, readonly string[]>;
  /** JSON. */
  readonly simulatorLog: string;
  /** The most that a worker has had, in MiB, at each look in the order of time. */
  readonly workerMemory: readonly number[];
  /** Unix ms. */
  readonly startedAtMs: number;
  readonly tookMs: number;
}

/** How long runs may go on when the last fault is over, as long as they end; whatever is open then is a violation. */
const patienceMs = 1_200_000;
/** A slow machine takes long, but where no run ends for so long, none is going to: no wait of theirs is half as long. */
const stuckMs = 120_000;
/** How long what is still being cancelled, or nobody has taken on, may take to end, and webhooks to be delivered. */
const settleMs = 90_000;
const gatherMs = 120_000;
const sayEveryMs = 5_000;

/** The longest that a campaign can take once everything has started. */
export function longestMs({ spreadMs }: Pick<CampaignOptions, 'spreadMs'>): number {
  return spreadMs + patienceMs + settleMs + gatherMs;
}

/** Plays a campaign from its first process to its last, and gives what is to be judged. */
export async function playCampaign(options: CampaignOptions): Promise<CampaignRecord> {
  const random = new Random(String(options.seed));
  const plan = planCampaign(random, options.runs, options.spreadMs);
  const ended = new AbortController();
  options.say('starting Temporal, the simulator, three workers and two bridges …');
  const stage = await startStage(options.folder, random, ended.signal);
  try {
    return await play(stage, plan, options);
  } finally {
    ended.abort();
    await stage.stop();
  }
}

async function play(stage: Stage, plan: CampaignPlan, options: CampaignOptions): Promise<CampaignRecord> {
  const { say } = options;
  const startedMs = performance.now();
  const elapsedMs = (): number => Math.round(performance.now() - startedMs);
  const calm = AbortSignal.timeout(options.spreadMs);
  const stuck = new AbortController();
  const tooLate = AbortSignal.any([AbortSignal.timeout(options.spreadMs + patienceMs), stuck.signal]);
  let endedAtMs = 0;
  const forgeries: Forgery[] = [];
  const faults: InjectedFault[] = [];
  const workerMemory: number[] = [];
  const startedAtMs = Date.now();
  let started = 0;
  let ended = 0;
  const progress = setInterval(() => {
    say(
      `${Math.round(elapsedMs() / 1_000)} s: ${started} of ${options.runs} runs started, ${ended} ended, ${faults.length} faults done`,
    );
    void readMemory(stage.workers.pids).then((used) => workerMemory.push(...maximum(used)));
    if (elapsedMs() - Math.max(endedAtMs, options.spreadMs) > stuckMs) stuck.abort();
  }, sayEveryMs);
  try {
    const runs = new RunsClient(stage.client);
    const driving = plan.runs.map(async (run) => {
      await driveRun(run, { runs, stage, started: () => (started += 1), aborted: tooLate }).catch(
        (error: unknown) => {
          if (!tooLate.aborted) throw error;
        },
      );
      ended += 1;
      endedAtMs = elapsedMs();
    });
    const scene: Scene = { stage, runs: plan.runs, forgeries, calm };
    const injecting = plan.faults.map(async (fault) => {
      await sleep(fault.atMs);
      faults.push(await injectFault(fault, scene, elapsedMs));
    });
    await Promise.all(injecting);
    stage.links.mend();
    await stage.simulator.removeAllFaults();
    say(`${Math.round(elapsedMs() / 1_000)} s: all faults are over; waiting for the last runs`);
    await Promise.all(driving);
  } finally {
    clearInterval(progress);
  }

  say('all runs have been waited for; letting the provider finish');
  await settle(stage, plan.runs, AbortSignal.timeout(settleMs));
  say('gathering the evidence');
  const { evidence, histories } = await gatherEvidence(
    stage,
    plan.runs,
    forgeries,
    AbortSignal.timeout(gatherMs),
  );
  const report = await stage.simulator.report();
  return {
    plan,
    faults: faults.toSorted((a, b) => a.atMs - b.atMs),
    simulatorFaults: await stage.simulator.faultCounts(),
    deliveries: report.deliveries,
    providerRequests: report.requests.total,
    endedByThemselves: {
      workers: stage.workers.endedByThemselves,
      bridges: stage.bridges.endedByThemselves,
    },
    workerMemory,
    startedAtMs,
    evidence,
    histories,
    simulatorLog: await stage.simulator.readLog(),
    tookMs: elapsedMs(),
  };
}

function maximum(values: readonly number[]): number[] {
  return values.length === 0 ? [] : [Math.max(...values)];
}

async function injectFault(fault: FaultPlan, scene: Scene, elapsedMs: () => number): Promise<InjectedFault> {
  const { name, detail } = fault;
  const atMs = elapsedMs();
  try {
    await fault.inject(scene);
    return { name, detail, atMs, endedAtMs: elapsedMs(), problem: null };
  } catch (error) {
    const problem = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ');
    return { name, detail, atMs, endedAtMs: elapsedMs(), problem };
  }
}

/** Waits until the provider does nothing more, but for what nobody can stop, and all webhooks have been taken. */
async function settle({ simulator }: Stage, runs: readonly RunPlan[], tooLate: AbortSignal): Promise<void> {
  const unstoppable = new Set(runs.filter(({ expected }) => expected.mayEndUntold).map(({ id }) => id));
  while (!tooLate.aborted) {
    const { tags, deliveries } = await simulator.report();
    const active = tags
      .filter(({ tag }) => !unstoppable.has(tag.durable_run_id))
      .flatMap(({ runs: made }) => made.filter(({ endedSeq }) => endedSeq === null));
    if (active.length === 0 && (deliveries['pending'] ?? 0) === 0) return;
    await sleep(1_000);
  }
}
