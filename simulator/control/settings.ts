import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Context } from '../http/context.ts';
import { apiKeyInput } from '../http/keys.ts';
import { readBody } from '../http/validation.ts';

const perMinute = z.number().int().min(1);
const sunsetBody = z.strictObject({ on: z.boolean() });
const limitsBody = z.strictObject({
  requestsPerMinute: perMinute.optional(),
  tokensPerMinute: perMinute.optional(),
});
const refuseBody = z.strictObject({ ms: z.number().min(0).max(600_000) });

/** What can be changed while the simulator runs: `/sunset`, `/limits`, `/keys`, `/refuse`. */
export function registerSettings(app: FastifyInstance, { switches, limits, keys, listener }: Context): void {
  app.get('/sunset', async () => ({ on: switches.sunset }));
  app.post('/sunset', async (request) => {
    switches.sunset = readBody(sunsetBody, request.body).on;
    return { on: switches.sunset };
  });

  app.get('/limits', async () => limits.policy);
  app.post('/limits', async (request) => {
    const { requestsPerMinute, tokensPerMinute } = readBody(limitsBody, request.body);
    limits.policy = {
      requestsPerMinute: requestsPerMinute ?? limits.policy.requestsPerMinute,
      tokensPerMinute: tokensPerMinute ?? limits.policy.tokensPerMinute,
    };
    limits.reset();
    return limits.policy;
  });

  app.get('/keys', async () => ({ keys: keys.list() }));
  app.post('/keys', async (request) => {
    const key = readBody(apiKeyInput, request.body);
    keys.add(key);
    return key;
  });
  app.delete<{ Params: { key: string } }>('/keys/:key', async (request) => ({
    removed: keys.remove(request.params.key),
  }));

  app.post('/refuse', async (request, reply) => {
    const { ms } = readBody(refuseBody, request.body);
    // The answer first: it goes over one of the connections that are ended.
    reply.raw.once('finish', () => listener.refuse(ms));
    return { refusingForMs: ms };
  });
}
