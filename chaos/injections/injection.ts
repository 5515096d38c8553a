import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../random.ts';
import type { Stage } from '../stage/stage.ts';

/** What an injection finds to work with. */
export interface Scene {
  readonly stage: Stage;
  /** Of the campaign, those to come included. */
  readonly runCount: number;
  /** Where it says which webhooks it has made up, and what they were answered. */
  readonly forgeries: Forgery[];
  /** Aborted when the faults are to end. */
  readonly calm: AbortSignal;
}

/** A webhook that we have made up, or replayed. */
export interface Forgery {
  readonly kind: 'bad signature' | 'unsigned' | 'old replay';
  readonly webhookId: string;
  /** The bridge's answer; null: none, for the connection failed. */
  readonly status: number | null;
}

/** One thing that goes wrong, with all its details drawn. */
export interface PlannedInjection {
  /** In words, for the report. */
  readonly detail: string;
  /** How long it lasts, as far as it is meant to last; 0 for what is done at once. */
  readonly durationMs: number;
  /** Does it, and undoes what lasts: after its time, or when the scene calms down. */
  inject(scene: Scene): Promise<void>;
}

/** A sort of thing that goes wrong. */
export interface Injection {
  readonly name: string;
  /** How often it is chosen, relative to the others. */
  readonly weight: number;
  /** Draws the details of one; nothing else may decide them. */
  plan(random: Random): PlannedInjection;
}

/** Waits for so long, or until the scene calms down. */
export async function last(durationMs: number, calm: AbortSignal): Promise<void> {
  await sleep(durationMs, undefined, { signal: calm }).catch(() => undefined);
}
