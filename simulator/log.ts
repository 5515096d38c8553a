import { realNowMs } from './clock.ts';
import type { EndpointName } from './http/endpoints.ts';

/** What a log entry is about; empty or null where nothing is known. */
export interface Subject {
  threadId: string | null;
  runId: string | null;
  /** The thread's metadata, overlaid by that of the run, message or request body concerned. */
  metadata: Record<string, string>;
}

/** One answered (or deliberately unanswered) HTTP request. Written when the answer is decided, before it is sent. */
export interface RequestEntry extends Subject {
  kind: 'request';
  requestId: string;
  /** `runs.create`, `messages.list` …; `unknown` for a route that does not exist. */
  endpoint: EndpointName | 'unknown';
  method: string;
  path: string;
  /** The status answered; null when no answer was sent. */
  status: number | null;
  /** `dropped`: the work was done, the reply was not sent. `reset`: neither. `client_gone`: nobody was left to answer. */
  outcome: 'answered' | 'dropped' | 'reset' | 'client_gone';
  /** Real milliseconds from the request's arrival to the answer. */
  durationMs: number;
}

/** One status change of a run; `from` is null at its creation. */
export interface RunEntry extends Subject {
  kind: 'run';
  runId: string;
  threadId: string;
  from: string | null;
  to: string;
}

/** One try to deliver one webhook event to one endpoint. */
export interface DeliveryEntry extends Subject {
  kind: 'delivery';
  eventId: string;
  webhookId: string;
  type: string;
  url: string;
  /** 1 for the first try. */
  try: number;
  /** The receiver's HTTP status; null when it did not answer. */
  status: number | null;
  /** Why the try failed; null when the receiver acknowledged with a 2xx. */
  error: string | null;
}

/** One application of a fault rule. */
export interface FaultEntry extends Subject {
  kind: 'fault';
  ruleId: string;
  /** The endpoint or `webhook:<type>` it was applied to. */
  on: string;
  fault: string;
}

export type LogRecord = RequestEntry | RunEntry | DeliveryEntry | FaultEntry;
export type LogKind = LogRecord['kind'];
/** `seq` counts from 1 and orders everything; `at` is real milliseconds since the epoch, with a fraction. */
export type LogEntry = LogRecord & { seq: number; at: number };

/** Which entries are wanted; absent means any. */
export interface LogFilter {
  kind?: LogKind | undefined;
  endpoint?: string | undefined;
  runId?: string | undefined;
  threadId?: string | undefined;
  /** Only entries with a greater `seq`. */
  after?: number | undefined;
  /** Every pair must be in the entry's metadata. */
  metadata?: Record<string, string> | undefined;
  /** Everything on the threads that `metadata`, `runId` and `threadId` lead to: also what came before a tag was known. */
  related?: boolean | undefined;
}

/** The ordered record of everything that happened: the ground truth for tests and measurements. */
export class Log {
  readonly #entries: LogEntry[] = [];
  readonly #listeners = new Set<(entry: LogEntry) => void>();
  #seq = 0;

  append(record: LogRecord): void {
    const entry: LogEntry = { seq: ++this.#seq, at: realNowMs(), ...record };
    this.#entries.push(entry);
    for (const listener of this.#listeners) listener(entry);
  }

  entries(filter: LogFilter = {}): LogEntry[] {
    if (!filter.related) return this.#entries.filter((entry) => matches(entry, filter));
    const { metadata, runId, threadId, ...rest } = filter;
    const concerned = this.#entries.filter((entry) => matches(entry, { metadata, runId, threadId }));
    const threads = new Set(concerned.map((entry) => entry.threadId));
    return this.#entries.filter(
      (entry) => entry.threadId !== null && threads.has(entry.threadId) && matches(entry, rest),
    );
  }

  /** Requests by endpoint, unanswered ones included. */
  counts(filter: LogFilter = {}): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const entry of this.entries({ ...filter, kind: 'request' })) {
      if (entry.kind === 'request') counts[entry.endpoint] = (counts[entry.endpoint] ?? 0) + 1;
    }
    return counts;
  }

  /** Calls `listener` for every later entry; returns what ends that. */
  subscribe(listener: (entry: LogEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves with the first entry, past or future, that satisfies `wanted`. Rejects after `timeoutMs` (real, 5000). */
  waitFor(wanted: (entry: LogEntry) => boolean, timeoutMs = 5000): Promise<LogEntry> {
    const past = this.#entries.find(wanted);
    if (past) return Promise.resolve(past);
    return new Promise((resolve, reject) => {
      const timeout = setTimeout(() => {
        unsubscribe();
        reject(new Error(`The simulator's log showed no such entry within ${timeoutMs} ms.`));
      }, timeoutMs);
      const unsubscribe = this.subscribe((entry) => {
        if (!wanted(entry)) return;
        clearTimeout(timeout);
        unsubscribe();
        resolve(entry);
      });
    });
  }

  /** Forgets all entries; `seq` goes on, so that a reader's `after` stays valid. */
  clear(): void {
    this.#entries.length = 0;
  }
}

function matches(entry: LogEntry, filter: LogFilter): boolean {
  if (filter.kind !== undefined && entry.kind !== filter.kind) return false;
  if (filter.endpoint !== undefined && !(entry.kind === 'request' && entry.endpoint === filter.endpoint))
    return false;
  if (filter.runId !== undefined && entry.runId !== filter.runId) return false;
  if (filter.threadId !== undefined && entry.threadId !== filter.threadId) return false;
  if (filter.after !== undefined && entry.seq <= filter.after) return false;
  return containsAll(entry.metadata, filter.metadata ?? {});
}

/** Whether `metadata` has every pair of `wanted`. */
export function containsAll(metadata: Record<string, string>, wanted: Record<string, string>): boolean {
  return Object.entries(wanted).every(([key, value]) => metadata[key] === value);
}
