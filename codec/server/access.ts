import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

/** Who may ask. */
export interface Access {
  /** Each allows as `Authorization: Bearer …`; with none, whoever can reach the server may ask. */
  readonly tokens: readonly string[];
  /** The pages that browsers may ask from, such as `https://temporal.example.com`. */
  readonly origins: readonly string[];
}

/** What the Web UI and the `temporal` command line send. */
const allowedHeaders = 'content-type, x-namespace, authorization, authorization-extras';

/**
 * Refuses, before a body is read, pages of other origins and whoever has no token. Browsers name a page's origin with every POST; the
 * command line names none.
 */
export function addAccessControl(app: FastifyInstance, { tokens, origins }: Access): void {
  const digests = tokens.map(digest);
  app.addHook('onRequest', async (request, reply) => {
    if (request.url === '/healthz') return;
    const { origin, authorization } = request.headers;
    void reply.header('vary', 'origin');
    if (origin !== undefined) {
      if (!origins.includes(origin)) {
        request.log.warn({ origin: origin.slice(0, 200), remoteAddress: request.ip }, 'origin refused');
        return reply.code(403).send({ error: 'this origin is not in CODEC_ORIGINS' });
      }
      void reply.header('access-control-allow-origin', origin);
      // For cookies of a proxy before this server: the Web UI sends them when it is told to.
      void reply.header('access-control-allow-credentials', 'true');
    }
    // A browser asks so before it sends a token.
    if (request.method === 'OPTIONS') {
      void reply.header('access-control-allow-methods', 'POST');
      void reply.header('access-control-allow-headers', allowedHeaders);
      return reply.code(204).send();
    }
    if (digests.length > 0 && !isAllowed(authorization, digests)) {
      request.log.warn({ remoteAddress: request.ip }, 'token refused');
      return reply.code(401).header('www-authenticate', 'Bearer').send({ error: 'a valid token is needed' });
    }
    return undefined;
  });
}

/** Compares with all of them, in a time that tells nothing of any. */
function isAllowed(authorization: string | undefined, digests: readonly Buffer[]): boolean {
  const given = digest(/^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '');
  return digests.filter((known) => timingSafeEqual(known, given)).length > 0;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
