import { Client, Connection } from '@temporalio/client';
import type { FastifyInstance } from 'fastify';
import { createDataConverter } from '../codec/dataConverter.ts';
import { createLogger, runMain, StartupError } from '../config/process.ts';
import { webhookPathOf } from '../config/webhookPath.ts';
import type { Account } from '../providers/account.ts';
import { readBridgeConfiguration, type BridgeConfiguration } from './configuration.ts';
import { createBridge } from './server.ts';

await runMain(async () => {
  const configuration = readBridgeConfiguration(process.env);
  const logger = createLogger('bridge', configuration.log);
  // Lazy: a bridge that starts before Temporal answers 503 until it is there.
  const connection = Connection.lazy(configuration.temporal.connectionOptions);
  const client = new Client({
    connection,
    namespace: configuration.temporal.namespace,
    dataConverter: createDataConverter(configuration.payloadKeys),
  });
  const { accounts, limits, trustedProxies } = configuration;
  const bridge = createBridge({ client, accounts, logger, limits, trustedProxies });

  await listen(bridge, configuration);
  const { host } = configuration;
  const address = bridge.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : configuration.port;
  logger.info({ url: `http://${host}:${port}`, webhooks: pathsOf(configuration.accounts) }, 'ready');

  const signal = await new Promise<string>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, resolve);
  });
  logger.info({ signal }, 'stopping: webhooks under way are finished, new ones refused');
  await bridge.close();
  await connection.close();
});

/** The path of each account that takes webhooks. */
function pathsOf(accounts: readonly Account[]): Record<string, string> {
  const listening = accounts.filter(({ webhookSecrets }) => webhookSecrets.length > 0);
  return Object.fromEntries(listening.map(({ name }) => [name, webhookPathOf(name)]));
}

async function listen(bridge: FastifyInstance, { host, port }: BridgeConfiguration): Promise<void> {
  try {
    await bridge.listen({ host, port });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartupError(
      `The bridge could not listen on ${host}:${port}: ${reason}. ` +
        'Stop what uses that port, or choose another with BRIDGE_PORT.',
    );
  }
}
