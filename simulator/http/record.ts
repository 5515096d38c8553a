import type { FastifyRequest } from 'fastify';
import { realNowMs } from '../clock.ts';
import type { RequestEntry } from '../log.ts';
import { endpointOf } from './context.ts';
import type { Context } from './context.ts';

/** Writes a request into the log, once, at the moment its answer (or silence) is decided. */
export function recordRequest(
  context: Context,
  request: FastifyRequest,
  answer: { status: number | null; outcome: RequestEntry['outcome'] },
): void {
  context.log.append({
    kind: 'request',
    requestId: request.id,
    endpoint: endpointOf(request),
    method: request.method,
    path: request.url,
    durationMs: realNowMs() - request.arrivedAtMs,
    ...answer,
    ...request.subject,
  });
}
