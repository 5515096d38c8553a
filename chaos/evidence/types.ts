import type { NotCompletedStatus, RunResult } from '../../client/index.ts';
import type { Forgery } from '../injections/injection.ts';
import type { Expectation, Provider } from '../kinds.ts';
import type { Recorded } from '../stage/counter.ts';
import type { Made } from '../stage/simulatorControl.ts';

/** What is known of a run when the campaign is over, by witnesses that do not know of each other. */
export interface RunEvidence {
  readonly id: string;
  readonly kind: string;
  readonly provider: Provider;
  readonly expected: Expectation;
  /** Temporal's word, by our client. */
  readonly end: RunEnd;
  readonly history: HistoryEvidence;
  /** The simulator's word: everything that was made with the run's tag. */
  readonly made: readonly Made[];
  /** The simulator's word: what was made with a tag that something had before. */
  readonly doubles: readonly Double[];
  /** Ids of webhooks that a bridge has acknowledged while the run was open, and that never came to it. */
  readonly missedWebhooks: readonly string[];
  /** The counter's word: everything that its tools did. */
  readonly recorded: readonly Recorded[];
}

export type RunEnd =
  | { readonly kind: 'open'; readonly doing: string }
  | {
      readonly kind: 'ended';
      readonly status: 'completed' | NotCompletedStatus;
      readonly reason: string;
      /** null: nobody can say any more what it has come to. */
      readonly result: RunResult | null;
    };

/** What there is to know of a run from its histories, those of all its executions together. */
export interface HistoryEvidence {
  readonly executions: number;
  readonly events: number;
  /** Workflow tasks that failed, but for those that Temporal had overtaken with news. */
  readonly taskFailures: readonly string[];
  /**
   * Workflow tasks that a worker has given up because its process stood still for longer than they may take: the SDK measures the clock's
   * time. Temporal has them done again.
   */
  readonly tasksCutShort: number;
  /** Whether an execution of it has begun with a later build of the workers. */
  readonly beganWithNextBuild: boolean;
  /** Ids of forged webhooks that are mentioned in it. */
  readonly forged: readonly string[];
}

/** A secret where it must not be. */
export interface Leak {
  readonly what: string;
  readonly where: string;
}

/** Two things that the provider has made for the same call. */
export interface Double {
  readonly firstId: string;
  readonly secondId: string;
  /** From the first to the second. */
  readonly gapMs: number;
  /** How long before the second a bridge has acknowledged a webhook about the first; null: it had not. */
  readonly toldMs: number | null;
  /**
   * Whether somebody had asked the provider's list before the second was made, and what came of it: `before` the first was there, or `after`.
   * null: nobody has, or it has none.
   */
  readonly listed: 'before' | 'after' | null;
}

/** The most memory that a process has had, in MiB. */
export interface MemoryEvidence {
  readonly sort: 'worker' | 'bridge';
  readonly pid: number;
  readonly most: number;
}

export interface Evidence {
  /** Of processes that have lived long enough to be warm. */
  readonly memory: readonly MemoryEvidence[];
  readonly runs: readonly RunEvidence[];
  readonly forgeries: readonly Forgery[];
  readonly leaks: readonly Leak[];
  /** What was made at the provider without the tag of one of our runs, by its id. */
  readonly strangers: readonly string[];
  /** Keys under which the counter has written down what belongs to no run. */
  readonly strayKeys: readonly string[];
  /** Workers and bridges that have ended, and nobody had ended them. */
  readonly crashes: { readonly workers: number; readonly bridges: number };
  /** Sorts of faults of which none could be done, though the campaign was long enough for all. */
  readonly missingFaults: readonly string[];
}
