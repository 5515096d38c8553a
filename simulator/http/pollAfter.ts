import type { FastifyRequest } from 'fastify';
import { endpointOf } from './context.ts';
import type { Context } from './context.ts';

/**
 * When the reader of a run or response is asked to come back: as its script says, else as the option does; null: nothing
 * is said.
 */
export function pollAfterMs({ engine, responses, options }: Context, request: FastifyRequest): number | null {
  const { runId } = request.subject;
  if (runId === null) return null;
  const endpoint = endpointOf(request);
  if (endpoint === 'runs.retrieve') return engine.findRun(runId)?.script.pollAfterMs ?? options.pollAfterMs;
  if (endpoint === 'responses.retrieve')
    return responses.find(runId)?.script.pollAfterMs ?? options.pollAfterMs;
  return null;
}
