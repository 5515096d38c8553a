import type { Log, LogEntry, RunEntry } from '../log.ts';
import { Retention } from '../retention.ts';
import { addTo, noSums, noTokens } from './summary.ts';
import type { RunSummary, Sums, Tokens } from './summary.ts';

const ENDED = new Set(['completed', 'failed', 'incomplete', 'expired', 'cancelled']);

/**
 * Remembers of every run and response what the report needs: a few hundred bytes each, so that they outlive the objects
 * and the log. Past `maxEnded` the oldest are only counted.
 */
export class Ledger {
  readonly #runs = new Map<string, RunSummary>();
  readonly #retention: Retention;
  readonly #tokensOf: (id: string) => Tokens | null;
  #folded: Sums = noSums();

  /** @param tokensOf what a run or response has spent so far; null when it is unknown */
  constructor(deps: { log: Log; maxEnded: number; tokensOf: (id: string) => Tokens | null }) {
    this.#tokensOf = deps.tokensOf;
    this.#retention = new Retention(deps.maxEnded, (id) => this.#fold(id));
    deps.log.subscribe((entry) => {
      if (entry.kind === 'run') this.#note(entry);
    });
  }

  /** Those that are remembered one by one, oldest first. */
  runs(): RunSummary[] {
    return [...this.#runs.values()].map((run) =>
      run.endedSeq === null ? { ...run, tokens: this.#tokensOf(run.id) ?? run.tokens } : run,
    );
  }

  /** What became of those that are only counted. */
  folded(): Sums {
    return this.#folded;
  }

  /** Counts a submission that reached the work. */
  submitted(runId: string, callIds: readonly string[], accepted: boolean): void {
    const run = this.#runs.get(runId);
    if (run === undefined || callIds.length === 0) return;
    const calls = callIds.toSorted();
    let round = run.rounds.find((known) => known.calls.join() === calls.join());
    if (round === undefined) {
      round = { calls, accepted: 0, refused: 0 };
      run.rounds.push(round);
    }
    if (accepted) round.accepted += 1;
    else round.refused += 1;
  }

  reset(): void {
    this.#runs.clear();
    this.#retention.clear();
    this.#folded = noSums();
  }

  #note(entry: RunEntry & Pick<LogEntry, 'seq'>): void {
    let run = this.#runs.get(entry.runId);
    if (run === undefined) {
      // A late change of one that was folded: it is counted already.
      if (entry.from !== null) return;
      run = {
        id: entry.runId,
        kind: entry.runId.startsWith('resp_') ? 'response' : 'run',
        previousId: entry.previousId ?? null,
        metadata: entry.metadata,
        status: entry.to,
        createdSeq: entry.seq,
        endedSeq: null,
        tokens: noTokens(),
        rounds: [],
      };
      this.#runs.set(run.id, run);
    }
    run.status = entry.to;
    run.metadata = entry.metadata;
    if (!ENDED.has(entry.to)) return;
    run.endedSeq ??= entry.seq;
    run.tokens = this.#tokensOf(run.id) ?? run.tokens;
    this.#retention.ended(run.id);
  }

  #fold(id: string): void {
    const run = this.#runs.get(id);
    if (run === undefined) return;
    addTo(this.#folded, run);
    this.#runs.delete(id);
  }
}
