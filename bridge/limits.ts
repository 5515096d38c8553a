import type { Server } from 'node:http';
import type { FastifyHttpOptions, FastifyInstance } from 'fastify';

/** What a client can take of the bridge before it has proved that it knows a secret. */
export interface BridgeLimits {
  /** Connections at a time; any more are closed as they come. 1,000 by default. */
  readonly connections: number;
  /** Verified webhooks being delivered at a time; more are answered 503, and come again. 256 by default. */
  readonly deliveries: number;
  /** Bytes of a request's line and headers; 16 KiB by default. More: 431. */
  readonly headerBytes: number;
  /** Headers of a request; 100 by default. More: 431. */
  readonly headers: number;
  /** How long a client may take to send its headers, in ms; 5,000 by default. Then: 408, and the connection is closed. */
  readonly headersMs: number;
  /** How long a client may take to send a whole request, in ms; 10,000 by default. Then: the same. */
  readonly requestMs: number;
  /** How long a connection may be silent with an answer owed or unread, in ms; 30,000 by default. Then it is closed. */
  readonly silentMs: number;
}

export const defaultLimits: BridgeLimits = {
  connections: 1_000,
  deliveries: 256,
  headerBytes: 16_384,
  headers: 100,
  headersMs: 5_000,
  requestMs: 10_000,
  silentMs: 30_000,
};

/** How often Node looks for clients that are too slow, at most, in ms. Its own default of 30 s would make short limits long. */
const maximumCheckIntervalMs = 1_000;

/** The limits that the server is made with. */
export function toServerOptions(limits: BridgeLimits): FastifyHttpOptions<Server> {
  return {
    http: {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersMs,
      // Node refuses a time for the headers that is longer than the one for all.
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: Math.min(maximumCheckIntervalMs, limits.headersMs),
    },
    requestTimeout: limits.requestMs,
    connectionTimeout: limits.silentMs,
    // Longer than proxies keep an idle connection: the one that closes it is not the one that may be sending.
    keepAliveTimeout: 65_000,
  };
}

/** The limits that are set on a server that is there. */
export function limitConnections({ server }: FastifyInstance, limits: BridgeLimits): void {
  server.maxConnections = limits.connections;
  // Older Nodes do not refuse the request, and drop what is more: a webhook is unsigned then.
  server.maxHeadersCount = limits.headers;
}
