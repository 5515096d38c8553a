import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { SIMULATOR_MODEL } from '../store.ts';
import { endpointOf } from './context.ts';
import type { Demand } from './limits.ts';

/** The endpoints that make a model work. */
const WORKING: readonly string[] = [
  'runs.create',
  'runs.submitToolOutputs',
  'threads.createAndRun',
  'responses.create',
];
const CHARACTERS_PER_TOKEN = 4;

const body = z.looseObject({
  model: z.string().optional().catch(undefined),
  max_completion_tokens: z.number().optional().catch(undefined),
  max_output_tokens: z.number().optional().catch(undefined),
});

/**
 * What a request counts for against the limits. Tokens are counted before the work, as the API does: the most that may
 * be written, or the size of what is sent, whichever is more.
 */
export function demandOf(request: FastifyRequest): Demand {
  const fields = body.safeParse(request.body).data ?? {};
  const model = fields.model ?? SIMULATOR_MODEL;
  if (!WORKING.includes(endpointOf(request))) return { tokens: 0, model };
  const sent = Math.ceil(Number(request.headers['content-length'] ?? 0) / CHARACTERS_PER_TOKEN);
  const tokens = Math.max(1, sent, fields.max_completion_tokens ?? 0, fields.max_output_tokens ?? 0);
  return { tokens, model };
}
