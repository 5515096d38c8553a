import { RunsClient } from '../client/index.ts';
import { driveRun } from './drive.ts';
import { gatherEvidence } from './evidence/gather.ts';
import { injections } from './injections/index.ts';
import type { Forgery, Injection } from './injections/injection.ts';
import { injectFaults } from './injectFaults.ts';
import { startInTurn } from './pace.ts';
import { planCampaign, type CampaignPlan, type Repertoire } from './plan.ts';
import { Random } from './random.ts';
import type { CampaignRecord, InjectedFault } from './record.ts';
import { settle } from './settle.ts';
import { startStage, type Stage, type StageOptions } from './stage/stage.ts';
import { watchMemory } from './stage/memory.ts';

export interface CampaignOptions extends Pick<StageOptions, 'folder' | 'sources'> {
  readonly seed: number;
  readonly runs: number;
  /** Between the starts of two runs, in the mean, as long as not too many of them are open. */
  readonly startEveryMs: number;
  readonly repertoire?: Repertoire;
  /** Faults need some time to hit, however few runs there are; 10,000 by default. */
  readonly shortestMs?: number;
  readonly say: (line: string) => void;
}

/** A slow machine takes long, but where no run ends for so long, none is going to: no wait of theirs is half as long. */
const stuckMs = 120_000;
/** How long what is still being cancelled, or nobody has taken on, may take to end, and webhooks to be delivered. */
const settleMs = 60_000;
const gatherMs = 240_000;
const sayEveryMs = 5_000;
/** More open at a time would only wait for the machine, and time out where nothing is wrong. */
const maximumOpen = 80;

/** Plays a campaign from its first process to its last, and gives what is to be judged. */
export async function playCampaign(options: CampaignOptions): Promise<CampaignRecord> {
  const random = new Random(String(options.seed));
  const plan = planCampaign(random, options.runs, options.startEveryMs, options.repertoire);
  const ended = new AbortController();
  options.say('starting Temporal, the simulator, three workers and two bridges …');
  const stage = await startStage({ ...options, random, ended: ended.signal });
  try {
    return await play(stage, plan, options);
  } finally {
    ended.abort();
    await stage.stop();
  }
}

async function play(stage: Stage, plan: CampaignPlan, options: CampaignOptions): Promise<CampaignRecord> {
  const startedMs = performance.now();
  const elapsedMs = (): number => Math.round(performance.now() - startedMs);
  const say = (line: string): void => options.say(`${Math.round(elapsedMs() / 1_000)} s: ${line}`);
  const calm = new AbortController();
  const stuck = new AbortController();
  const forgeries: Forgery[] = [];
  const faults: InjectedFault[] = [];
  const startedAtMs = Date.now();
  const runs = new RunsClient(stage.userClient);
  const memory = watchMemory(stage, elapsedMs);
  let started = 0;
  let ended = 0;
  let changedAtMs = 0;
  const progress = setInterval(() => {
    say(`${started} of ${plan.runs.length} runs started, ${ended} ended, ${faults.length} faults done`);
    if (elapsedMs() - changedAtMs > stuckMs) stuck.abort();
  }, sayEveryMs);
  try {
    const scene = { stage, runCount: plan.runs.length, forgeries, calm: calm.signal };
    const injecting = injectFaults(
      plan.faults,
      scene,
      () => started,
      elapsedMs,
      (fault) => faults.push(fault),
    );
    const driving = await startInTurn(plan.runs, { maximumOpen, aborted: stuck.signal }, async (run) => {
      started += 1;
      await driveRun(run, { runs, stage, aborted: stuck.signal }).catch((error: unknown) => {
        if (!stuck.signal.aborted) throw error;
      });
      ended += 1;
      changedAtMs = elapsedMs();
    });
    setTimeout(() => calm.abort(), Math.max(0, (options.shortestMs ?? 10_000) - elapsedMs()));
    await injecting;
    stage.links.mend();
    say('all faults are over; waiting for the last runs');
    await driving.done;
  } finally {
    clearInterval(progress);
    calm.abort();
  }

  say('all runs have been waited for; letting the provider finish');
  await settle(stage, plan.runs, AbortSignal.timeout(settleMs));
  say('gathering the evidence');
  const gathered = await gatherEvidence(stage, plan.runs, forgeries, AbortSignal.timeout(gatherMs));
  const report = await stage.simulator.report();
  return {
    runs: plan.runs,
    faults: faults.toSorted((a, b) => a.atMs - b.atMs),
    simulatorFaults: await stage.simulator.faultCounts(),
    deliveries: report.deliveries,
    providerRequests: report.requests.total,
    startedAtMs,
    evidence: {
      ...gathered.evidence,
      memory: memory.end(),
      crashes: {
        workers: stage.workers.endedByThemselves,
        bridges: stage.bridges.endedByThemselves,
      },
      missingFaults: findMissing(options.repertoire?.injections ?? injections, faults),
    },
    histories: gathered.histories,
    simulatorLog: gathered.simulatorLog,
    tookMs: elapsedMs(),
  };
}

/** The sorts of which none was done, in a campaign that had the time for one of each. */
function findMissing(wanted: readonly Injection[], faults: readonly InjectedFault[]): string[] {
  if (faults.length < wanted.length) return [];
  const done = new Set(faults.filter(({ problem }) => problem === null).map(({ name }) => name));
  return wanted.map(({ name }) => name).filter((name) => !done.has(name));
}
