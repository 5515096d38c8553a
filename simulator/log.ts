import { realNowMs } from './clock.ts';
import type { EndpointName } from './http/endpoints.ts';

/** What a log entry is about; empty or null where nothing is known. */
export interface Subject {
  threadId: string | null;
  runId: string | null;
  /** The thread's metadata, overlaid by that of the run, message or request body concerned. */
  metadata: Record<string, string>;
}

/** Nothing is known. */
export function noSubject(): Subject {
  return { threadId: null, runId: null, metadata: {} };
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

/**
 * One status change of a run or a response; `from` is null at its creation. A response's `runId` is its own, its `threadId`
 * that of its conversation, or of the first response of its chain.
 */
export interface RunEntry extends Subject {
  kind: 'run';
  runId: string;
  threadId: string;
  from: string | null;
  to: string;
  /** The response that this one continues; absent for runs. */
  previousId?: string | undefined;
}

/** One try to deliver one webhook event to one endpoint. */
export interface DeliveryEntry extends Subject {
  kind: 'delivery';
  eventId: string;
  webhookId: string;
  type: string;
  /** The webhook endpoint's id. */
  endpointId: string;
  url: string;
  /** 1 for the first try. */
  try: number;
  /** The receiver's HTTP status; null when it did not answer. */
  status: number | null;
  /** Why the try failed; null when the receiver acknowledged with a 2xx. */
  error: string | null;
  /** Whether it was the last try: 72 hours are over. */
  givenUp: boolean;
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
  /** Also everything on the threads that `metadata`, `runId` and `threadId` lead to, what came before a tag was known too. */
  related?: boolean | undefined;
}

/** Old entries are dropped this many at a time, a part of the maximum: one at a time would cost a copy each. */
const SLACK = 0.1;

/**
 * The ordered record of everything that happened: the ground truth for tests and measurements. It holds the newest
 * `maxEntries`, and up to a tenth more.
 */
export class Log {
  readonly #maxEntries: number;
  #entries: LogEntry[] = [];
  readonly #listeners = new Set<(entry: LogEntry) => void>();
  readonly #requests = new Map<string, number>();
  #seq = 0;
  #dropped = 0;

  constructor(maxEntries: number = Infinity) {
    this.#maxEntries = maxEntries;
  }

  /** How many entries were dropped for being old. */
  get dropped(): number {
    return this.#dropped;
  }

  append(record: LogRecord): void {
    const entry: LogEntry = { seq: ++this.#seq, at: realNowMs(), ...record };
    this.#entries.push(entry);
    if (entry.kind === 'request')
      this.#requests.set(entry.endpoint, (this.#requests.get(entry.endpoint) ?? 0) + 1);
    if (this.#entries.length > Math.ceil(this.#maxEntries * (1 + SLACK))) {
      this.#dropped += this.#entries.length - this.#maxEntries;
      this.#entries = this.#entries.slice(-this.#maxEntries);
    }
    for (const listener of this.#listeners) listener(entry);
  }

  entries(filter: LogFilter = {}): LogEntry[] {
    const entries = this.#since(filter.after);
    if (!filter.related) return entries.filter(matcher(filter));
    const { metadata, runId, threadId, ...rest } = filter;
    const isConcerned = matcher({ metadata, runId, threadId });
    const threads = new Set(this.#entries.filter(isConcerned).map((entry) => entry.threadId));
    const wanted = matcher(rest);
    return entries.filter((entry) => {
      // A refused create is on no thread, where nothing is created in one.
      return (entry.threadId === null ? isConcerned(entry) : threads.has(entry.threadId)) && wanted(entry);
    });
  }

  /** Requests by endpoint, unanswered ones included; without a filter also those whose entries were dropped. */
  counts(filter: LogFilter = {}): Record<string, number> {
    if (isEmpty(filter)) return Object.fromEntries(this.#requests);
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

  /** The entries with a greater `seq`, found without a search: those kept are numbered without a gap. */
  #since(after: number | undefined): LogEntry[] {
    const [first] = this.#entries;
    if (after === undefined || first === undefined || after < first.seq) return this.#entries;
    return this.#entries.slice(after - first.seq + 1);
  }

  /** Forgets all entries; `seq` goes on, so that a reader's `after` stays valid. */
  clear(): void {
    this.#entries = [];
    this.#requests.clear();
    this.#dropped = 0;
  }
}

function isEmpty({ metadata = {}, ...rest }: LogFilter): boolean {
  return Object.keys(metadata).length === 0 && Object.values(rest).every((wanted) => wanted === undefined);
}

/** The filter as a question to ask of many entries: what it costs is paid for each of a hundred thousand. */
function matcher(filter: LogFilter): (entry: LogEntry) => boolean {
  const { kind, endpoint, runId, threadId } = filter;
  const pairs = Object.entries(filter.metadata ?? {});
  return (entry) => {
    if (kind !== undefined && entry.kind !== kind) return false;
    if (endpoint !== undefined && !(entry.kind === 'request' && entry.endpoint === endpoint)) return false;
    if (runId !== undefined && entry.runId !== runId) return false;
    if (threadId !== undefined && entry.threadId !== threadId) return false;
    return pairs.every(([key, value]) => entry.metadata[key] === value);
  };
}

/** Whether `metadata` has every pair of `wanted`. */
export function containsAll(metadata: Record<string, string>, wanted: Record<string, string>): boolean {
  return Object.entries(wanted).every(([key, value]) => metadata[key] === value);
}
