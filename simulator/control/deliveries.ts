import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ApiError } from '../errors.ts';
import type { Context } from '../http/context.ts';
import { readQuery } from '../http/validation.ts';
import { DELIVERY_STATES } from '../webhooks/deliveries.ts';
import type { Delivery } from '../webhooks/deliveries.ts';
import { readMetadata } from './filter.ts';

const deliveryQuery = z.object({
  type: z.string().optional(),
  runId: z.string().optional(),
  responseId: z.string().optional(),
  endpointId: z.string().optional(),
  state: z.enum(DELIVERY_STATES).optional(),
});

/** The delivery log, and redelivery on demand: `GET /deliveries`, `POST /deliveries/:webhookId/redeliver`. */
export function registerDeliveries(app: FastifyInstance, { deliveries, webhooks }: Context): void {
  app.get('/deliveries', async (request) => {
    const { responseId, runId = responseId, ...filter } = readQuery(deliveryQuery, request.query);
    const metadata = readMetadata(request.query);
    return { deliveries: deliveries.list({ ...filter, runId, metadata }).map(render) };
  });

  app.post<{ Params: { webhookId: string } }>('/deliveries/:webhookId/redeliver', async (request) => {
    const { webhookId } = request.params;
    const delivery = await webhooks.redeliver(webhookId);
    if (delivery !== undefined) return render(delivery);
    throw new ApiError(404, {
      message: `No delivery '${webhookId}'.`,
      type: 'not_found',
      param: null,
      code: null,
    });
  });
}

/** The payload is as long as a run; who wants to see it has a receiver. */
function render({ body: _body, ...delivery }: Delivery): Omit<Delivery, 'body'> {
  return delivery;
}
