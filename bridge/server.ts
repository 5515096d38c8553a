import { isGrpcServiceError, type Client } from '@temporalio/client';
import { fastify, LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { RunsClient } from '../client/index.ts';
import { accountVariable } from '../config/accounts.ts';
import { webhookPathOf } from '../config/webhookPath.ts';
import type { Account } from '../providers/account.ts';
import { ProviderRegistry } from '../providers/registry.ts';
import type { Delivering } from './delivery.ts';
import { defaultLimits, limitConnections, toServerOptions, type BridgeLimits } from './limits.ts';
import { addSecurityHeaders, answerClientError, answerError } from './refusals.ts';
import { Slots } from './slots.ts';
import { addWebhookRoute, type DeliveryCounts } from './webhookRoute.ts';

export type { BridgeLimits } from './limits.ts';

export interface BridgeOptions {
  readonly client: Client;
  /** Each gets its webhooks on its own path. One without a webhook secret gets none: there the answer is 404. */
  readonly accounts: readonly Account[];
  readonly logger: Logger;
  /** Where the accounts' providers are; a ProviderRegistry by default. */
  readonly providers?: Pick<ProviderRegistry, 'all'>;
  /** Largest body that is read, in bytes; 1 MiB by default. A run object is a few kilobytes. */
  readonly bodyLimit?: number;
  /** How long the provider may take to give what a webhook leaves out, in ms; 2,000 by default. */
  readonly readTimeoutMs?: number;
  /** How long Temporal may take for one call, in ms; 1,500 by default: OpenAI gives up on an answer after a few seconds. */
  readonly temporalTimeoutMs?: number;
  /** Those that are not given are `defaultLimits`. */
  readonly limits?: Partial<BridgeLimits>;
  /**
   * Addresses, or ranges in CIDR notation, of proxies whose `x-forwarded-for` is believed; none by default: then the log names the
   * proxy as the sender.
   */
  readonly trustedProxies?: readonly string[];
}

/**
 * The bridge's HTTP server. It keeps no state: what it has acknowledged, Temporal has; what it could not hand over, it
 * answers with 503, and the sender delivers it again. Answers never repeat what was sent.
 */
export function createBridge(options: BridgeOptions): FastifyInstance {
  const { client, accounts, logger } = options;
  const providers = options.providers ?? new ProviderRegistry(accounts);
  const delivering = {
    client,
    runs: new RunsClient(client),
    readTimeoutMs: options.readTimeoutMs ?? 2_000,
    temporalTimeoutMs: options.temporalTimeoutMs ?? 1_500,
  };

  const limits = { ...defaultLimits, ...options.limits };

  // The wider type, or fastify makes its own types generic over pino's.
  const loggerInstance: FastifyBaseLogger = logger;
  const app = fastify({
    bodyLimit: options.bodyLimit ?? 1_048_576,
    ...toServerOptions(limits),
    trustProxy: [...(options.trustedProxies ?? [])],
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    // An address that cannot be read does not get as far as the error handler.
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
    clientErrorHandler: answerClientError,
  });
  limitConnections(app, limits);
  addSecurityHeaders(app);
  readBodiesAsText(app);
  closeConnectionsWhenStopping(app);
  finishWorkWhenStopping(app);
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'not found' }));

  const slots = new Slots(limits.deliveries, (deliveries) =>
    logger.warn(
      { deliveries, most: limits.deliveries },
      'too many webhooks at a time: answering 503, they come again',
    ),
  );
  const webhooks: Record<string, DeliveryCounts> = {};
  for (const account of accounts) {
    if (account.webhookSecrets.length === 0) {
      warnOfMissingSecret(logger, account.name);
      continue;
    }
    const ofAccount = {
      ...delivering,
      account: account.name,
      providers: providers.all(account.name),
    };
    webhooks[account.name] = addWebhookRoute(app, account, { delivering: ofAccount, slots, logger });
  }

  app.get('/healthz', async () => ({ status: 'ok', webhooks }));
  app.get('/readyz', async (_request, reply) => {
    const ready = await isTemporalReachable(delivering);
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'Temporal cannot be reached' });
  });
  return app;
}

function warnOfMissingSecret(logger: Logger, accountName: string): void {
  const variable = accountVariable('OPENAI_WEBHOOK_SECRET', accountName);
  logger.warn(
    { account: accountName, path: webhookPathOf(accountName) },
    `no webhooks for this account, for it has no secret to verify them with: its path answers 404. Set ${variable}`,
  );
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

/**
 * What a webhook has set going outlives its connection: a sender that has given up waiting does not stop it. Only when it has ended has the
 * server closed, and may the connection to Temporal be.
 */
function finishWorkWhenStopping(app: FastifyInstance): void {
  const underWay = new Set<Promise<unknown>>();
  app.addHook('onRoute', (route) => {
    const { handler } = route;
    route.handler = async function handle(request, reply) {
      const work = Promise.resolve(handler.call(this, request, reply));
      underWay.add(work);
      try {
        return await work;
      } finally {
        underWay.delete(work);
      }
    };
  });
  app.addHook('onClose', async () => {
    await Promise.allSettled(underWay);
  });
}

async function isTemporalReachable({
  client,
  temporalTimeoutMs,
}: Pick<Delivering, 'client' | 'temporalTimeoutMs'>): Promise<boolean> {
  try {
    await client.withDeadline(Date.now() + temporalTimeoutMs, () => client.workflowService.getSystemInfo({}));
    return true;
  } catch (error) {
    if (isGrpcServiceError(error)) return false;
    throw error;
  }
}
