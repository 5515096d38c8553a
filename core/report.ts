import type { Target } from './activities.ts';
import { maximumSnapshotBytes } from './fitSnapshot.ts';
import { parseJson, utf8Bytes, type JsonValue } from './json.ts';
import type { RunProgress } from './progress.ts';
import { totalUsage, usageOf } from './spending.ts';
import type { RunError, RunResult, RunStatus, RunTimings } from './result.ts';
import type { ProviderRef, RunOutput } from './snapshot.ts';

/** How a run ended. */
export interface RunEnd {
  readonly status: RunStatus;
  readonly error: RunError | null;
  readonly output?: RunOutput;
}

/** The attempt that is under way, as a report shows it. */
export interface AttemptReport {
  readonly number: number;
  readonly ref: ProviderRef;
  /** The provider's word. */
  readonly status: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
}

/** What a run that may still be going says of itself. */
export type RunReport = Omit<RunResult, 'status' | 'timings'> & {
  readonly status: 'running' | RunStatus;
  /** What it is doing right now, in words. */
  readonly doing: string;
  readonly current: AttemptReport | null;
  readonly timings: Omit<RunTimings, 'endedAtMs'> & { readonly endedAtMs: number | null };
};

export interface ReportSubject extends Target {
  readonly id: string;
  readonly progress: RunProgress;
}

/** The result of a run that has ended so. */
export function buildResult(subject: ReportSubject, end: RunEnd, nowMs: number): RunResult {
  const { progress } = subject;
  return {
    id: subject.id,
    status: end.status,
    provider: subject.provider,
    account: subject.account,
    model: progress.model,
    ...describeOutput(end.output),
    error: end.error,
    attempts: progress.ended.map((attempt) => ({
      ...attempt,
      usage: usageOf(progress, [...attempt.earlierRefs, attempt.ref]),
    })),
    usage: totalUsage(progress),
    calls: progress.calls,
    toolRounds: progress.toolRounds,
    toolCalls: progress.toolCalls,
    toolCallsReused: progress.toolCallsReused,
    recreations: progress.recreations,
    orphans: progress.orphans,
    learntFrom: progress.learntFrom,
    timings: {
      startedAtMs: progress.startedAtMs,
      createdAtMs: progress.createdAtMs,
      providerEndedAtMs: progress.providerEndedAtMs,
      endedAtMs: nowMs,
    },
  };
}

/** null as well for what Temporal would not carry: numbers may be written longer than they were, and nesting has its limits. */
function parseAnswer(text: string): JsonValue {
  try {
    const value = parseJson(text);
    return utf8Bytes(JSON.stringify(value)) <= maximumSnapshotBytes ? value : null;
  } catch {
    return null;
  }
}

function describeOutput(
  output: RunOutput | undefined,
): Pick<RunResult, 'text' | 'parsed' | 'refusal' | 'items' | 'omittedBytes'> {
  const { text, isJson, refusal, items, omittedBytes } = output ?? {};
  return {
    text: text === undefined || (text === '' && omittedBytes !== undefined) ? null : text,
    parsed: text !== undefined && isJson ? parseAnswer(text) : null,
    refusal: refusal ?? null,
    items: items ?? null,
    omittedBytes: omittedBytes ?? null,
  };
}

/** What has become of a run that has ended, and when. */
export interface EndedRun {
  readonly end: RunEnd;
  readonly atMs: number;
}

/** The report of a run: `ended` is undefined while it is going. */
export function buildReport(subject: ReportSubject, ended: EndedRun | undefined, doing: string): RunReport {
  const { progress } = subject;
  const { current } = progress;
  const end: RunEnd = ended?.end ?? { status: 'completed', error: null };
  const result = buildResult(subject, end, ended?.atMs ?? progress.startedAtMs);
  return {
    ...result,
    status: ended?.end.status ?? 'running',
    doing,
    current:
      current === null
        ? null
        : {
            number: current.number,
            ref: current.ref,
            status: current.status,
            createdAtMs: current.createdAtMs,
            expiresAtMs: current.expiresAtMs,
          },
    timings: { ...result.timings, endedAtMs: ended?.atMs ?? null },
  };
}
