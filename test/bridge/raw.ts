import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { TestBridge } from './support.ts';

/** A connection as a client without manners has it: bytes go out as they are, and nothing is read unless it is asked for. */
export interface RawConnection {
  readonly socket: Socket;
  /** What the bridge has said until it hung up. It never ends if the bridge does not. */
  readonly closed: Promise<string>;
}

export async function listen({ app }: TestBridge): Promise<URL> {
  return new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
}

export function connectTo(url: URL, bytes = ''): RawConnection {
  const socket = connect(Number(url.port), url.hostname);
  onTestFinished(() => void socket.destroy());
  if (bytes !== '') socket.write(bytes);
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk.toString()));
  const closed = new Promise<string>((resolve) => {
    // A server that hangs up under a sender may reset the connection: what it said before counts.
    socket.on('error', () => resolve(answer));
    socket.on('close', () => resolve(answer));
  });
  return { socket, closed };
}
