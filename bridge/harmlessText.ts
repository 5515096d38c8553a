import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';

/** Enough of a text of somebody else's to know it by. */
const maximumLength = 200;

/** A text of somebody else's for a log line or a signal: of a length that is ours to choose. */
export function cut(text: string): string {
  return text.length <= maximumLength ? text : `${text.slice(0, maximumLength)}…`;
}

/** No address is longer, the name of an interface after it included. */
const maximumAddressLength = 64;

/** Who sent a request. A proxy that is trusted may pass on what is no address at all: that is not repeated. */
export function remoteAddressOf({ ip }: FastifyRequest): string {
  return ip.length <= maximumAddressLength && isIP(ip) !== 0 ? ip : 'unknown';
}
