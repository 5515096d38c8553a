import type { Socket } from 'node:net';
import { badRequest } from '../errors.ts';

/**
 * Answers what Node's parser refuses as HTTP: such requests reach no route. In the API's envelope all the same, so that
 * a client that reads errors has nothing else to know.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  // A client that has gone away wants no answer.
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const { body } = badRequest(
    tooLarge ? 'The request headers are too large.' : 'The request is not well-formed HTTP.',
  );
  const json = JSON.stringify({ error: body });
  socket.end(
    [
      tooLarge ? 'HTTP/1.1 431 Request Header Fields Too Large' : 'HTTP/1.1 400 Bad Request',
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(json)}`,
      'connection: close',
      '',
      json,
    ].join('\r\n'),
  );
}
