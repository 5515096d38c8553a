import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../clock.ts';
import { errorOf } from './statuses.ts';
import type { HttpFault } from './table.ts';

/** How a request goes on after the faults on one side of its work. */
export type Effect =
  | { kind: 'proceed' }
  /** Answer this instead. */
  | { kind: 'answer'; status: number; headers: Record<string, string>; body: string }
  /** Close the connection: `reset` before the work, `dropped` after it. */
  | { kind: 'disconnect'; outcome: 'reset' | 'dropped' };

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
      return { kind: 'disconnect', outcome: 'reset' };
    case 'drop_reply':
    case 'truncate':
      return PROCEED;
  }
}

/** What a fault does to the reply, after the work. */
export async function faultAfterWork(
  fault: HttpFault,
  clock: Clock,
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
      return { kind: 'disconnect', outcome: 'dropped' };
    case 'truncate':
      return {
        kind: 'answer',
        status: reply.status,
        headers: {},
        body: reply.body.slice(0, Math.ceil(reply.body.length / 2)),
      };
    case 'reset':
      return PROCEED;
  }
}

/** Ends the connection under a request: by a TCP reset, or by closing it without a word. */
export function disconnect(request: FastifyRequest, reply: FastifyReply, outcome: 'reset' | 'dropped'): void {
  reply.hijack();
  if (outcome === 'reset') request.raw.socket.resetAndDestroy();
  else request.raw.socket.destroy();
}

function errorAnswer(fault: Extract<HttpFault, { kind: 'status' }>): Effect {
  const error = errorOf(fault);
  return {
    kind: 'answer',
    status: error.status,
    headers: { 'content-type': 'application/json', ...fault.headers },
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

function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve);
  });
}
