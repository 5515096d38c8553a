import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import { webhookPathOf } from '../config/webhookPath.ts';
import { isObject } from '../core/json.ts';
import { createClient, type Account } from '../providers/account.ts';
import { verifyWebhook } from '../providers/webhook.ts';
import { deliver } from './deliver.ts';
import type { Delivering, Delivery } from './delivery.ts';
import { cut, remoteAddressOf } from './harmlessText.ts';
import type { Slots } from './slots.ts';
import { readWebhookHeaders } from './webhookHeaders.ts';

/** How many webhooks came to what, since the process started. `shed` were verified, and were too many at a time. */
export type DeliveryCounts = Record<'delivered' | 'ignored' | 'refused' | 'unavailable' | 'shed', number>;

export interface WebhookRoute {
  readonly delivering: Delivering;
  /** For deliveries: what is not verified takes none, so that nobody without a secret can take them all. */
  readonly slots: Slots;
  readonly logger: Logger;
}

/**
 * Takes an account's webhooks, on a path of its own: what is signed with another account's secret is refused, and what is read is read
 * with the account's key. Gives the counts, which go on counting.
 */
export function addWebhookRoute(
  app: FastifyInstance,
  account: Account,
  { delivering, slots, logger }: WebhookRoute,
): DeliveryCounts {
  const openai = createClient(account);
  const counts: DeliveryCounts = { delivered: 0, ignored: 0, refused: 0, unavailable: 0, shed: 0 };

  app.post(webhookPathOf(account.name), async (request, reply) => {
    const body = typeof request.body === 'string' ? request.body : '';
    const read = readWebhookHeaders(request.raw);
    const verified =
      read.kind === 'refused'
        ? read
        : await verifyWebhook(openai, account.webhookSecrets, body, read.headers);
    if (verified.kind === 'refused') {
      counts.refused += 1;
      const refusal = { reason: cut(verified.reason), remoteAddress: remoteAddressOf(request) };
      logger.warn({ account: account.name, ...refusal }, 'webhook refused');
      return reply.code(400).send({ error: 'the webhook could not be verified' });
    }
    const { webhookId, event } = verified;
    const eventType = cut(isObject(event) && typeof event['type'] === 'string' ? event['type'] : 'unknown');
    const delivery = await slots.run(() => deliver(delivering, { ...verified, eventType }), wasTooMuch);
    if (delivery === undefined) {
      counts.shed += 1;
      return comeAgain(reply);
    }
    counts[delivery.kind] += 1;
    logDelivery(logger, { account: account.name, webhookId, eventType, ...delivery });
    return answerDelivery(reply, delivery);
  });
  return counts;
}

/** Somebody did not answer in time, or at all. That an object is not there says nothing of how much is going on. */
function wasTooMuch(delivery: Delivery): boolean {
  return delivery.kind === 'unavailable' && delivery.missing !== 'object';
}

function answerDelivery(reply: FastifyReply, delivery: Delivery): FastifyReply {
  switch (delivery.kind) {
    case 'delivered':
    case 'ignored':
      return reply.code(200).send({ status: delivery.kind });
    case 'unavailable':
      return comeAgain(reply);
  }
}

function comeAgain(reply: FastifyReply): FastifyReply {
  return reply.code(503).header('retry-after', '5').send({ error: 'try again later' });
}

function logDelivery(
  logger: Logger,
  delivery: Delivery & { account: string; webhookId: string; eventType: string },
): void {
  const texts = Object.entries(delivery).map(([key, value]) => [
    key,
    typeof value === 'string' ? cut(value) : value,
  ]);
  const entry: object = Object.fromEntries(texts);
  if (delivery.kind === 'unavailable') logger.error(entry, 'webhook could not be delivered');
  else logger.info(entry, `webhook ${delivery.kind}`);
}
