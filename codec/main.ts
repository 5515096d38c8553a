import { createLogger, listen, runMain, waitForStop } from '../config/process.ts';
import { readCodecConfiguration } from './server/configuration.ts';
import { createCodecServer } from './server/server.ts';

await runMain(async () => {
  const { host, port, keys, tokens, origins, log } = readCodecConfiguration(process.env);
  const logger = createLogger('codec', log);
  const app = createCodecServer({ keys, tokens, origins, logger });
  const url = await listen('The codec endpoint', { host, port, variable: 'CODEC_PORT' }, (at) =>
    app.listen(at),
  );
  const keyIds = keys.decryptWith.map(({ id }) => id);
  logger.info({ url, keyIds, origins, needsToken: tokens.length > 0 }, 'ready');

  const signal = await waitForStop();
  logger.info({ signal }, 'stopping');
  await app.close();
});
