import { realNowMs } from '../clock.ts';
import type { Clock } from '../clock.ts';
import type { Context } from '../http/context.ts';
import type { Log, LogEntry, Subject } from '../log.ts';
import { retryAfterHeaders } from './retryAfter.ts';
import { errorOf } from './statuses.ts';
import type { HttpFault } from './table.ts';

/** How a request goes on after the faults on one side of its work. */
export type Effect =
  | { kind: 'proceed' }
  /** Answer this instead. */
  | { kind: 'answer'; status: number; headers: Record<string, string>; body: string }
  /** Answer the first half of the body, then close the connection. */
  | { kind: 'cut' }
  /** Close the connection, by a TCP reset or without a word: `reset` before the work, `dropped` after it. */
  | { kind: 'disconnect'; outcome: 'reset' | 'dropped'; how: 'reset' | 'close' }
  /** Close it, and refuse new ones for so many real milliseconds. */
  | { kind: 'refuse'; ms: number };

const PROCEED: Effect = { kind: 'proceed' };

/** What a fault does before the work. */
export async function faultBeforeWork(fault: HttpFault, clock: Clock): Promise<Effect> {
  switch (fault.kind) {
    case 'delay':
      if (fault.when === 'before') await sleep(clock, fault.ms);
      return PROCEED;
    case 'status':
      return fault.when === 'before' ? errorAnswer(fault) : PROCEED;
    case 'html':
      return fault.when === 'before' ? htmlAnswer(fault.status) : PROCEED;
    case 'reset':
      return fault.when === 'before' ? { kind: 'disconnect', outcome: 'reset', how: 'reset' } : PROCEED;
    case 'refuse':
      return { kind: 'refuse', ms: fault.ms };
    case 'drop_reply':
    case 'truncate':
    case 'cut_stream':
    case 'unknown_status':
    case 'stuck':
    case 'after_webhook':
      return PROCEED;
  }
}

/** What a fault does to the reply, after the work. */
export async function faultAfterWork(
  fault: HttpFault,
  { clock, log, engine, responses }: Context,
  subject: Subject,
  reply: { status: number; body: string },
): Promise<Effect> {
  switch (fault.kind) {
    case 'delay':
      if (fault.when === 'after') await sleep(clock, fault.ms);
      return PROCEED;
    case 'status':
      return fault.when === 'after' ? errorAnswer(fault) : PROCEED;
    case 'html':
      return fault.when === 'after' ? htmlAnswer(fault.status) : PROCEED;
    case 'drop_reply':
      return { kind: 'disconnect', outcome: 'dropped', how: 'close' };
    case 'reset':
      return { kind: 'disconnect', outcome: 'dropped', how: 'reset' };
    case 'truncate':
      if (fault.cut) return { kind: 'cut' };
      return { kind: 'answer', status: reply.status, headers: {}, body: firstHalf(reply.body) };
    case 'unknown_status':
      return {
        kind: 'answer',
        status: reply.status,
        headers: {},
        body: withStatus(reply.body, fault.status),
      };
    case 'stuck':
      if (subject.runId !== null) {
        engine.stick(subject.runId, fault.status);
        responses.stick(subject.runId, fault.status);
      }
      return PROCEED;
    case 'after_webhook':
      await delivered(log, clock, { ...fault, runId: subject.runId });
      return PROCEED;
    case 'refuse':
    // Applied where the events are written.
    case 'cut_stream':
      return PROCEED;
  }
}

/** The first half of a text. */
export function firstHalf(text: string): string {
  return text.slice(0, Math.ceil(text.length / 2));
}

function errorAnswer(fault: Extract<HttpFault, { kind: 'status' }>): Effect {
  const error = errorOf(fault);
  return {
    kind: 'answer',
    status: error.status,
    headers: {
      'content-type': 'application/json',
      ...retryAfterHeaders(fault.retryAfter, realNowMs()),
      ...(fault.shouldRetry === undefined ? {} : { 'x-should-retry': String(fault.shouldRetry) }),
      ...fault.headers,
    },
    body: JSON.stringify({ error: error.body }),
  };
}

function htmlAnswer(status: number): Effect {
  return {
    kind: 'answer',
    status,
    headers: { 'content-type': 'text/html' },
    body: `<html>\r\n<head><title>${status}</title></head>\r\n<body>\r\n<center><h1>${status}</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n`,
  };
}

/** The reply with another status in its object; a reply without one stays as it is. */
function withStatus(body: string, status: string): string {
  if (body === '') return body;
  const object: unknown = JSON.parse(body);
  return typeof object === 'object' && object !== null && 'status' in object
    ? JSON.stringify({ ...object, status })
    : body;
}

/** Resolves when a webhook about the run has been tried, or after `withinMs`. */
async function delivered(
  log: Log,
  clock: Clock,
  wanted: { runId: string | null; type?: string | undefined; withinMs: number },
): Promise<void> {
  const { runId, type, withinMs } = wanted;
  const fits = (entry: LogEntry): boolean =>
    entry.kind === 'delivery' && entry.runId === runId && (type === undefined || entry.type === type);
  if (runId === null || log.entries({ kind: 'delivery', runId }).some(fits)) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      timer.cancel();
      unsubscribe();
      resolve();
    };
    const timer = clock.after(withinMs, done);
    const unsubscribe = log.subscribe((entry) => {
      if (fits(entry)) done();
    });
  });
}

function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve);
  });
}
