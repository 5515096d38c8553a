import type { Evidence } from './evidence/types.ts';
import type { RunPlan } from './plan.ts';

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
  readonly runs: readonly RunPlan[];
  readonly faults: readonly InjectedFault[];
  /** How often the simulator has applied each sort of fault. */
  readonly simulatorFaults: Readonly<Record<string, number>>;
  readonly deliveries: Readonly<Record<string, number>>;
  readonly providerRequests: number;
  readonly evidence: Evidence;
  /** By run; for whoever has to understand a violation. */
  readonly histories: ReadonlyMap<string, () => readonly string[]>;
  /** JSON. */
  readonly simulatorLog: string;
  /** Unix ms. */
  readonly startedAtMs: number;
  readonly tookMs: number;
}
