import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isObject } from '../core/json.ts';
import { remoteAddressOf } from './harmlessText.ts';

/* Answers to what is no webhook. None repeats anything that was sent. */

/** On every answer: it is data for the sender alone, never a page, and not to be kept. */
const securityHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
} as const;

export function addSecurityHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async (_request, reply) => void reply.headers(securityHeaders));
}

const messages: Readonly<Record<number, string>> = {
  408: 'the request took too long',
  413: 'the body is too large',
  431: 'the headers are too large',
};

function messageFor(status: number): string {
  return messages[status] ?? 'the request failed';
}

/** Fastify's own errors: a body that is too large (413), an address that cannot be read, or a bug of ours. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const status = isObject(error) && typeof error['statusCode'] === 'number' ? error['statusCode'] : 500;
  if (status >= 500) request.log.error({ err: error }, 'request failed');
  else request.log.warn({ status, remoteAddress: remoteAddressOf(request) }, 'request refused');
  return reply
    .code(status)
    .headers(securityHeaders)
    .send({ error: messageFor(status) });
}

/** Node's own errors: what is not HTTP, or not within the limits. There is a socket, and no request. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  // After an answer that is under way another one would be taken for a part of it.
  if (socket.writable && socket.bytesWritten === 0) socket.write(toAnswer(statusFor(error.code)));
  socket.destroy();
}

function statusFor(code: string | undefined): number {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408;
  return code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
}

function toAnswer(status: number): string {
  const body = JSON.stringify({ error: messageFor(status) });
  const headers = {
    ...securityHeaders,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`;
}
