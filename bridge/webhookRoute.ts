import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { webhookPathOf } from '../config/webhookPath.ts';
import { isObject } from '../core/json.ts';
import { createClient, type Account } from '../providers/account.ts';
import { verifyWebhook } from '../providers/webhook.ts';
import { deliver } from './deliver.ts';
import type { Delivering, Delivery } from './delivery.ts';

/** How many webhooks came to what, since the process started. */
export type DeliveryCounts = Record<'delivered' | 'ignored' | 'refused' | 'unavailable', number>;

/**
 * Takes an account's webhooks, on a path of its own: what is signed with another account's secret is refused, and what is read is read
 * with the account's key. Gives the counts, which go on counting.
 */
export function addWebhookRoute(
  app: FastifyInstance,
  account: Account,
  delivering: Delivering,
  logger: Logger,
): DeliveryCounts {
  const openai = createClient(account);
  const counts: DeliveryCounts = { delivered: 0, ignored: 0, refused: 0, unavailable: 0 };

  app.post(webhookPathOf(account.name), async (request, reply) => {
    const body = typeof request.body === 'string' ? request.body : '';
    const verified = await verifyWebhook(openai, account.webhookSecrets, body, toHeaders(request));
    if (verified.kind === 'refused') {
      counts.refused += 1;
      const { reason } = verified;
      logger.warn({ account: account.name, reason, remoteAddress: request.ip }, 'webhook refused');
      return reply.code(400).send({ error: 'the webhook could not be verified' });
    }
    const { webhookId, event } = verified;
    const eventType = isObject(event) && typeof event['type'] === 'string' ? event['type'] : 'unknown';
    const delivery = await deliver(delivering, { ...verified, eventType });
    counts[delivery.kind] += 1;
    logDelivery(logger, { account: account.name, webhookId, eventType, ...delivery });
    return answerDelivery(reply, delivery);
  });
  return counts;
}

function toHeaders(request: FastifyRequest): Headers {
  const headers = new Headers();
  for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature']) {
    const value = request.headers[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  return headers;
}

function answerDelivery(reply: FastifyReply, delivery: Delivery): FastifyReply {
  switch (delivery.kind) {
    case 'delivered':
    case 'ignored':
      return reply.code(200).send({ status: delivery.kind });
    case 'unavailable':
      return reply.code(503).header('retry-after', '5').send({ error: 'try again later' });
  }
}

function logDelivery(
  logger: Logger,
  entry: Delivery & { account: string; webhookId: string; eventType: string },
): void {
  if (entry.kind === 'unavailable') logger.error(entry, 'webhook could not be delivered');
  else logger.info(entry, `webhook ${entry.kind}`);
}
