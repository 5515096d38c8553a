import { createServer } from 'node:http';
import { Client, Connection } from '@temporalio/client';
import OpenAI from 'openai';
import { pino } from 'pino';
import { inject, onTestFinished } from 'vitest';
import { createBridge, webhookPath } from '../../bridge/index.ts';
import type { Simulator } from '../../simulator/index.ts';
import { KEY, useReceiver, useSimulator, type Received } from '../simulator/support.ts';
import { runHere, type Ended } from './support.ts';

/** What OpenAI would deliver to. The simulator is then told where that leads to: the part of a proxy with TLS. */
export const publicUrl = 'https://runs.example.com/webhooks/openai';

export interface Setting {
  readonly simulator: Simulator & { readonly client: OpenAI };
  readonly environment: Readonly<Record<string, string>>;
  /** Runs `runs webhooks …`. */
  webhooks(...given: string[]): Promise<Ended>;
  /** Requests that the simulator was sent by anybody. */
  countRequests(): number;
}

/** A simulator whose time stands still, and an environment that points to it. */
export async function useSetting(
  options: Parameters<typeof useSimulator>[0] = {},
  more: Readonly<Record<string, string>> = {},
): Promise<Setting> {
  const simulator = await useSimulator({ time: 'stepped', ...options });
  const environment = { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: simulator.baseURL, ...more };
  return {
    simulator,
    environment,
    webhooks: (...given) => runHere(['webhooks', ...given], environment),
    countRequests: () => simulator.log.entries({ kind: 'request' }).length,
  };
}

/** Where deliveries go that answers with these statuses, in turn. */
export async function leadTo(
  { simulator }: Setting,
  endpointId: string,
  ...statuses: number[]
): Promise<readonly Received[]> {
  const receiver = await useReceiver(...statuses);
  await simulator.client.webhooks.update(endpointId, { url: receiver.url });
  return receiver.received;
}

/** Has a response completed, and gives what came of it at the receiver. */
export async function completeResponse(
  { simulator }: Setting,
  received: readonly Received[],
): Promise<Received> {
  const before = received.length;
  await simulator.client.responses.create({ model: 'gpt-sim', input: 'What is 2+2?', background: true });
  await simulator.advance(1_000);
  const delivered = received[before];
  if (delivered === undefined) throw new Error('Nothing was delivered.');
  return delivered;
}

/** Whether the SDK takes this for signed with this secret. */
export async function isSignedWith({ body, headers }: Received, secret: string): Promise<boolean> {
  const { webhooks } = new OpenAI({ apiKey: 'none' });
  return webhooks.verifySignature(body, headers, secret).then(
    () => true,
    () => false,
  );
}

/** The value of a variable in lines such as NAME=value. */
export function settingsIn(stdout: string, variable: string): string[] {
  return stdout
    .split('\n')
    .flatMap((line) => (line.startsWith(`${variable}=`) ? [line.slice(variable.length + 1)] : []));
}

/** A bridge that has this secret; gives the URL that its webhooks go to. */
export async function useBridge({ simulator }: Setting, secret: string): Promise<string> {
  const connection = Connection.lazy({ address: inject('temporalAddress') });
  const account = {
    name: 'default',
    apiKey: KEY,
    baseURL: simulator.baseURL,
    webhookSecrets: [secret],
  };
  const bridge = createBridge({
    client: new Client({ connection }),
    accounts: [account],
    logger: pino({ level: 'silent' }),
  });
  onTestFinished(async () => {
    await bridge.close();
    await connection.close();
  });
  return `${await bridge.listen({ host: '127.0.0.1', port: 0 })}${webhookPath}`;
}

export interface Answer {
  readonly status?: number;
  /** Text is sent as it is; null ends the connection without an answer. */
  readonly body: unknown;
}

/** A server that is not OpenAI's, nor quite like it: answers by method and path, 404 where it has nothing. */
export async function useServer(
  answers: Readonly<Record<string, Answer>>,
  answerPost?: (body: Readonly<Record<string, unknown>>) => Answer,
) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const call = `${request.method} ${request.url?.replace(/\?.*/, '')}`;
    asked.push(call);
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const posted =
        request.method === 'POST' ? answerPost?.(JSON.parse(Buffer.concat(pieces).toString())) : undefined;
      const { status = 200, body } = answers[call] ?? posted ?? { status: 404, body: '<h1>Not Found</h1>' };
      if (body === null) return request.socket.destroy();
      const isText = typeof body === 'string';
      return response
        .writeHead(status, { 'content-type': isText ? 'text/html' : 'application/json' })
        .end(isText ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const environment = { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1` };
  return { asked, webhooks: (...given: string[]) => runHere(['webhooks', ...given], environment) };
}
