import { createLogger, runMain, StartupError } from '../config/process.ts';
import { readCodecConfiguration } from './server/configuration.ts';
import { createCodecServer } from './server/server.ts';

await runMain(async () => {
  const { host, port, keys, tokens, origins, log } = readCodecConfiguration(process.env);
  const logger = createLogger('codec', log);
  const app = createCodecServer({ keys, tokens, origins, logger });
  let url: string;
  try {
    url = await app.listen({ host, port });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartupError(
      `The codec endpoint could not listen on ${host}:${port}: ${reason}. ` +
        'Stop what uses that port, or choose another with CODEC_PORT.',
    );
  }
  const keyIds = keys.decryptWith.map(({ id }) => id);
  logger.info({ url, keyIds, origins, needsToken: tokens.length > 0 }, 'ready');

  const signal = await new Promise<string>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, resolve);
  });
  logger.info({ signal }, 'stopping');
  await app.close();
});
