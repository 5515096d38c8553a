/** Token counts; `prompt` and `completion` are a response's input and output. */
export interface Tokens {
  prompt: number;
  completion: number;
  total: number;
}

/** How often the outputs of one tool round were submitted. */
export interface RoundSubmits {
  /** The call ids, in alphabetical order. */
  calls: string[];
  accepted: number;
  refused: number;
}

/** What stays of a run or a response for the report, long after the object itself was dropped. */
export interface RunSummary {
  readonly id: string;
  readonly kind: 'run' | 'response';
  /** For a response that continues another. */
  readonly previousId: string | null;
  metadata: Record<string, string>;
  status: string;
  /** Log positions: what was active at the same time overlaps. */
  readonly createdSeq: number;
  endedSeq: number | null;
  tokens: Tokens;
  rounds: RoundSubmits[];
}

/** What many of them come to. */
export interface Sums {
  created: number;
  byStatus: Record<string, number>;
  /** Ids of those that have not ended. */
  active: string[];
  submits: { accepted: number; refused: number };
  tokens: Tokens & {
    /** Of `total`: spent by what did not end `completed`, or has not ended. */
    abandoned: number;
  };
}

export function noSums(): Sums {
  return {
    created: 0,
    byStatus: {},
    active: [],
    submits: { accepted: 0, refused: 0 },
    tokens: { ...noTokens(), abandoned: 0 },
  };
}

export function noTokens(): Tokens {
  return { prompt: 0, completion: 0, total: 0 };
}

/** Adds one to the sums. */
export function addTo(sums: Sums, run: RunSummary): void {
  sums.created += 1;
  sums.byStatus[run.status] = (sums.byStatus[run.status] ?? 0) + 1;
  if (run.endedSeq === null) sums.active.push(run.id);
  for (const { accepted, refused } of run.rounds) {
    sums.submits.accepted += accepted;
    sums.submits.refused += refused;
  }
  const { tokens } = sums;
  tokens.prompt += run.tokens.prompt;
  tokens.completion += run.tokens.completion;
  tokens.total += run.tokens.total;
  if (run.status !== 'completed') tokens.abandoned += run.tokens.total;
}
