import { createServer } from 'node:http';
import { z } from 'zod';

const runEvent = z.object({ type: z.string(), data: z.object({ id: z.string() }) });

/** Where the simulator sends its webhooks: acknowledges at once and says which run has ended when. */
export async function startReceiver(
  onEnd: (runId: string, atMs: number) => void,
): Promise<{ url: string; received: () => number; close: () => void }> {
  let received = 0;
  const server = createServer((request, response) => {
    const atMs = performance.now();
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.writeHead(200).end();
      received += 1;
      const event = runEvent.parse(JSON.parse(Buffer.concat(chunks).toString()));
      if (event.type === 'thread.run.completed') onEnd(event.data.id, atMs);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/webhooks`,
    received: () => received,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
