import { request } from 'node:http';
import { connect } from 'node:net';
import { readError } from '../support.ts';

/** What is wrong with an answer; nothing when it is legal. Streams are let go. */
export async function flawOf(response: Response): Promise<string | undefined> {
  const { status, headers } = response;
  if (status >= 500) return `it is a ${status}`;
  if (!headers.get('x-request-id')?.startsWith('req_')) return 'it has no x-request-id';
  const type = headers.get('content-type') ?? '';
  if (status === 200 && type.startsWith('text/event-stream')) {
    await response.body?.cancel();
    return undefined;
  }
  if (!type.includes('application/json')) return `it is ${type}`;
  const text = await response.text();
  // Items of a conversation have a `type` instead.
  if (status === 200) return /"(object|type)":"/.test(text) ? undefined : `no object of the API: ${text}`;
  return readError(text).message === '' ? 'its error says nothing' : undefined;
}

/** A request by Node's own client, which does not tidy header values up as fetch does. */
export function rawRequest(
  url: string,
  headers: Record<string, string>,
): Promise<[status: number, text: string]> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve([response.statusCode ?? 0, text]));
    })
      .on('error', reject)
      .end();
  });
}

/** Everything the server says to these bytes until it hangs up. */
export function rawBytes(url: URL, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(Number(url.port), url.hostname, () => socket.write(bytes));
    socket.on('data', (chunk) => (answer += chunk.toString()));
    // A server that hangs up under a sender may reset the connection: what it said before counts.
    socket.on('error', () => resolve(answer));
    socket.on('close', () => resolve(answer));
  });
}
