import {
  fastify,
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
} from 'fastify';
import type { Logger } from 'pino';
import { isObject } from '../../core/json.ts';
import { EncryptionCodec } from '../encryptionCodec.ts';
import { PayloadDecryptionError } from '../errors.ts';
import type { PayloadKeys } from '../payloadKeys.ts';
import { addAccessControl, type Access } from './access.ts';
import { readPayloads, writePayloads } from './wire.ts';

export interface CodecServerOptions extends Access {
  readonly keys: PayloadKeys;
  readonly logger: Logger;
  /** Largest body that is read, in bytes; 16 MiB by default: what Temporal answers at once, in base64, is less. */
  readonly bodyLimit?: number;
}

/**
 * The codec endpoint: decrypts for the Web UI and the `temporal` command line, and encrypts what they send. Speaks the codec server protocol
 * (https://docs.temporal.io/codec-server): the last part of the path says what is wanted, whatever stands before it. Keeps nothing, and
 * neither logs nor repeats payloads.
 */
export function createCodecServer(options: CodecServerOptions): FastifyInstance {
  const codec = new EncryptionCodec(options.keys);
  // The wider type, or fastify makes its own types generic over pino's.
  const loggerInstance: FastifyBaseLogger = options.logger;
  const app = fastify({
    bodyLimit: options.bodyLimit ?? 16_777_216,
    requestTimeout: 30_000,
    forceCloseConnections: true,
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    frameworkErrors: (error, _request, reply) => void answerError(error, reply),
  });
  // Of what a page can send without asking first, nothing is read.
  app.removeContentTypeParser('text/plain');
  app.setErrorHandler((error, _request, reply) => answerError(error, reply));
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'not found' }));
  addAccessControl(app, options);

  app.get('/healthz', async () => ({ status: 'ok' }));
  app.post('/*', async (request, reply) => {
    const wanted = new URL(request.url, 'http://localhost').pathname.split('/').at(-1);
    if (wanted !== 'decode' && wanted !== 'encode')
      return reply.code(404).send({ error: 'not found: expected /decode or /encode at the end of the path' });
    const payloads = readPayloads(request.body);
    if (payloads === undefined)
      return reply
        .code(400)
        .send({ error: 'expected {"payloads": […]}, each with metadata and data in base64' });
    return reply.send(writePayloads(await codec[wanted](payloads)));
  });
  return app;
}

/** What is wrong with a payload is for whoever sent it; of a bug of ours only the log tells, and payloads are in neither. */
function answerError(error: unknown, reply: FastifyReply): FastifyReply {
  if (error instanceof PayloadDecryptionError) return reply.code(400).send({ error: error.message });
  const status = isObject(error) && typeof error['statusCode'] === 'number' ? error['statusCode'] : 500;
  if (status >= 500) reply.log.error({ err: error }, 'request failed');
  return reply.code(status).send({ error: status === 413 ? 'the body is too large' : 'the request failed' });
}
