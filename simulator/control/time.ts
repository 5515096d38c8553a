import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Context } from '../http/context.ts';
import { readBody } from '../http/validation.ts';

const modeBody = z.strictObject({
  mode: z.enum(['real', 'scaled', 'stepped']),
  scale: z.number().positive().max(1_000_000).optional(),
});
/** A hundred days: far beyond every deadline there is. */
const advanceBody = z.strictObject({
  ms: z
    .number()
    .min(0)
    .max(100 * 86_400_000),
});

/** How time runs: `GET` and `POST /time`, `POST /time/advance`. */
export function registerTime(app: FastifyInstance, { clock }: Context): void {
  app.get('/time', async () => clock.state());

  app.post('/time', async (request) => {
    const { mode, scale } = readBody(modeBody, request.body);
    clock.set(mode, scale);
    return clock.state();
  });

  app.post('/time/advance', async (request) => {
    await clock.advance(readBody(advanceBody, request.body).ms);
    return clock.state();
  });
}
