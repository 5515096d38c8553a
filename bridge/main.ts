import { Client, Connection } from '@temporalio/client';
import { createDataConverter } from '../codec/dataConverter.ts';
import { createLogger, listen, runMain, waitForStop } from '../config/process.ts';
import { retriesUntilClosed } from '../config/temporalRetries.ts';
import { webhookPathOf } from '../config/webhookPath.ts';
import type { Account } from '../providers/account.ts';
import { readBridgeConfiguration } from './configuration.ts';
import { createBridge } from './server.ts';

await runMain(async () => {
  const configuration = readBridgeConfiguration(process.env);
  const logger = createLogger('bridge', configuration.log);
  // Lazy: a bridge that starts before Temporal answers 503 until it is there.
  const { connectionOptions } = configuration.temporal;
  const connection = Connection.lazy({ ...connectionOptions, interceptors: retriesUntilClosed });
  const client = new Client({
    connection,
    namespace: configuration.temporal.namespace,
    dataConverter: createDataConverter(configuration.payloadKeys),
  });
  const { accounts, limits, trustedProxies } = configuration;
  const bridge = createBridge({ client, accounts, logger, limits, trustedProxies });

  const { host, port: asked } = configuration;
  await listen('The bridge', { host, port: asked, variable: 'BRIDGE_PORT' }, (at) => bridge.listen(at));
  const address = bridge.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : asked;
  logger.info({ url: `http://${host}:${port}`, webhooks: pathsOf(configuration.accounts) }, 'ready');

  const signal = await waitForStop();
  logger.info({ signal }, 'stopping: webhooks under way are finished, new ones refused');
  await bridge.close();
  await connection.close();
});

/** The path of each account that takes webhooks. */
function pathsOf(accounts: readonly Account[]): Record<string, string> {
  const listening = accounts.filter(({ webhookSecrets }) => webhookSecrets.length > 0);
  return Object.fromEntries(listening.map(({ name }) => [name, webhookPathOf(name)]));
}
