import type { FastifyReply, FastifyRequest } from 'fastify';
import { firstHalf } from './http.ts';

/** Ends the connection under a request: by a TCP reset, or by closing it without a word. */
export function disconnect(request: FastifyRequest, reply: FastifyReply, how: 'reset' | 'close'): void {
  reply.hijack();
  if (how === 'reset') request.raw.socket.resetAndDestroy();
  else request.raw.socket.destroy();
}

/** Sends the reply's head and the first half of its body, then ends the connection. */
export function cut(request: FastifyRequest, reply: FastifyReply, body: string): void {
  reply.hijack();
  const { raw } = reply;
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) raw.setHeader(name, value);
  raw.setHeader('content-length', Buffer.byteLength(body));
  raw.statusCode = reply.statusCode;
  raw.write(firstHalf(body), () => request.raw.socket.destroy());
}
