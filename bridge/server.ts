import { isGrpcServiceError, type Client } from '@temporalio/client';
import {
  fastify,
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { Logger } from 'pino';
import { RunsClient } from '../client/index.ts';
import { isObject } from '../core/json.ts';
import { createClient, type Account } from '../providers/account.ts';
import { ProviderRegistry } from '../providers/registry.ts';
import { verifyWebhook } from '../providers/webhook.ts';
import { deliver, type Delivering, type Delivery } from './deliver.ts';

export interface BridgeOptions {
  readonly client: Client;
  readonly account: Account;
  readonly logger: Logger;
  /** Largest body that is read, in bytes; 1 MiB by default. A run object is a few kilobytes. */
  readonly bodyLimit?: number;
  /** How long the provider may take to give what a webhook leaves out, in ms; 2,000 by default. */
  readonly readTimeoutMs?: number;
  /** How long Temporal may take for one call, in ms; 1,500 by default: OpenAI gives up on an answer after a few seconds. */
  readonly temporalTimeoutMs?: number;
}

/** How many webhooks came to what, since the process started. */
type DeliveryCounts = Record<'delivered' | 'ignored' | 'refused' | 'unavailable', number>;

/** Where OpenAI delivers its webhooks. */
export const webhookPath = '/webhooks/openai';

/**
 * The bridge's HTTP server. It keeps no state: what it has acknowledged, Temporal has; what it could not hand over, it
 * answers with 503, and the sender delivers it again. Answers never repeat what was sent.
 */
export function createBridge(options: BridgeOptions): FastifyInstance {
  const { client, account, logger } = options;
  const openai = createClient(account);
  const delivering: Delivering = {
    client,
    runs: new RunsClient(client),
    providers: new ProviderRegistry([account]).all(account.name),
    readTimeoutMs: options.readTimeoutMs ?? 2_000,
    temporalTimeoutMs: options.temporalTimeoutMs ?? 1_500,
  };
  const counts: DeliveryCounts = { delivered: 0, ignored: 0, refused: 0, unavailable: 0 };

  // The wider type, or fastify makes its own types generic over pino's.
  const loggerInstance: FastifyBaseLogger = logger;
  const app = fastify({
    bodyLimit: options.bodyLimit ?? 1_048_576,
    requestTimeout: 10_000,
    keepAliveTimeout: 65_000,
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    // An address that cannot be read does not get as far as the error handler.
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
  });
  readBodiesAsText(app);
  closeConnectionsWhenStopping(app);
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'not found' }));

  app.post(webhookPath, async (request, reply) => {
    const body = typeof request.body === 'string' ? request.body : '';
    const verified = await verifyWebhook(openai, account.webhookSecrets, body, toHeaders(request));
    if (verified.kind === 'refused') {
      counts.refused += 1;
      logger.warn({ reason: verified.reason, remoteAddress: request.ip }, 'webhook refused');
      return reply.code(400).send({ error: 'the webhook could not be verified' });
    }
    const { webhookId, event } = verified;
    const eventType = isObject(event) && typeof event['type'] === 'string' ? event['type'] : 'unknown';
    const delivery = await deliver(delivering, webhookId, event, eventType);
    counts[delivery.kind] += 1;
    logDelivery(logger, { webhookId, eventType, ...delivery });
    return answerDelivery(reply, delivery);
  });

  app.get('/healthz', async () => ({ status: 'ok', webhooks: counts }));
  app.get('/readyz', async (_request, reply) => {
    const ready = await isTemporalReachable(delivering);
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'Temporal cannot be reached' });
  });
  return app;
}

/** The signature covers the body as it was sent: nothing may parse it before it is verified. */
function readBodiesAsText(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
}

/** A kept-alive connection would hold the stopping server open long after its last request. */
function closeConnectionsWhenStopping(app: FastifyInstance): void {
  let stopping = false;
  app.addHook('preClose', async () => {
    stopping = true;
  });
  app.addHook('onSend', async (_request, reply) => {
    if (stopping) reply.header('connection', 'close');
  });
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

function logDelivery(logger: Logger, entry: Delivery & { webhookId: string; eventType: string }): void {
  if (entry.kind === 'unavailable') logger.error(entry, 'webhook could not be delivered');
  else logger.info(entry, `webhook ${entry.kind}`);
}

/** Fastify's own errors: a body that is too large (413), a request that is not HTTP, or a bug of ours. */
function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const status = isObject(error) && typeof error['statusCode'] === 'number' ? error['statusCode'] : 500;
  if (status >= 500) request.log.error({ err: error }, 'request failed');
  else request.log.warn({ status, remoteAddress: request.ip }, 'request refused');
  return reply.code(status).send({ error: status === 413 ? 'the body is too large' : 'the request failed' });
}

async function isTemporalReachable({ client, temporalTimeoutMs }: Delivering): Promise<boolean> {
  try {
    await client.withDeadline(Date.now() + temporalTimeoutMs, () => client.workflowService.getSystemInfo({}));
    return true;
  } catch (error) {
    if (isGrpcServiceError(error)) return false;
    throw error;
  }
}
