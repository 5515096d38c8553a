import { setTimeout as sleep } from 'node:timers/promises';
import { RunsClient } from '../client/index.ts';
import { driveRun } from './drive.ts';
import { gatherEvidence } from './evidence/gather.ts';
import type { Forgery, Scene } from './injections/injection.ts';
import { injectFault } from './injectFault.ts';
import { planCampaign, type CampaignPlan, type Repertoire } from './plan.ts';
import { Random } from './random.ts';
import type { CampaignRecord, InjectedFault } from './record.ts';
import { settle } from './settle.ts';
import { readMemory } from './stage/memory.ts';
import { startStage, type Stage } from './stage/stage.ts';

export interface CampaignOptions {
  readonly seed: number;
  readonly runs: number;
  /** Over which the runs are started, and the faults injected. */
  readonly spreadMs: number;
  readonly repertoire?: Repertoire;
  /** Database, logs and reports. */
  readonly folder: string;
  readonly say: (line: string) => void;
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
  const plan = planCampaign(random, options.runs, options.spreadMs, options.repertoire);
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
