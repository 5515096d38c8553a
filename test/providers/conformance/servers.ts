import { createServer } from 'node:http';
import type { Account } from '../../../providers/account.ts';
import {
  SIMULATOR_ASSISTANT_ID,
  SIMULATOR_MODEL,
  startSimulator,
  type Simulator,
} from '../../../simulator/index.ts';

/** A webhook as it came over the wire. */
export interface Delivered {
  readonly body: string;
  readonly headers: Headers;
}

/** What the simulator can do, and a real server cannot. */
export interface Simulated {
  readonly simulator: Simulator;
  /** Webhooks that have been delivered, all of them answered with 200. */
  readonly delivered: Delivered[];
}

/** A server to run the suite against. */
export interface Server {
  readonly label: string;
  readonly account: Account;
  /** Absent for a real server. */
  readonly simulated?: Simulated;
  /** How long to wait between two looks, and for something to happen at all. */
  readonly pauseMs: number;
  readonly patienceMs: number;
  close(): Promise<void>;
}

export const key = 'sk-conformance-0123456789abcdef';
const secret = 'whsec_Y29uZm9ybWFuY2Utc3VpdGUtc2VjcmV0';

/** The simulator, on a free port and without any delay of its own. */
export async function startSimulated(): Promise<Server> {
  const { url, delivered, close } = await startReceiver();
  const durations = { queueMs: 0, workMs: 0, cancelMs: 0 };
  const webhooks = [{ url, secret }];
  const simulator = await startSimulator({ port: 0, apiKeys: [key], ...durations, webhooks });
  return {
    label: 'the simulator',
    account: {
      name: 'conformance',
      apiKey: key,
      baseURL: simulator.baseURL,
      webhookSecrets: [secret],
      defaultModel: SIMULATOR_MODEL,
      defaultAssistantId: SIMULATOR_ASSISTANT_ID,
    },
    simulated: { simulator, delivered },
    pauseMs: 1,
    patienceMs: 10_000,
    close: async () => {
      await simulator.close();
      await close();
    },
  };
}

/** A plain HTTP server that takes every webhook. */
async function startReceiver(): Promise<{
  url: string;
  delivered: Delivered[];
  close: () => Promise<unknown>;
}> {
  const delivered: Delivered[] = [];
  const server = createServer((request, response) => {
    const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)] as const);
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      delivered.push({ body, headers: new Headers(Object.fromEntries(headers)) });
      response.end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const close = (): Promise<unknown> =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}/webhooks`, delivered, close };
}

const prefix = 'DURABLE_RUNS_CONFORMANCE_';

/** The real server that the environment names, and the provider that it is for; undefined when it names none. */
export function realServer(
  environment: Readonly<Record<string, string | undefined>>,
): { readonly server: Server; readonly provider: string | undefined } | undefined {
  const given = (name: string): string | undefined => environment[prefix + name] || undefined;
  const [baseURL, apiKey, provider] = [given('BASE_URL'), given('API_KEY'), given('PROVIDER')];
  if (baseURL === undefined && apiKey === undefined) return undefined;
  if (baseURL === undefined || apiKey === undefined)
    throw new Error(
      `A real server wants both ${prefix}BASE_URL and ${prefix}API_KEY; one of them is not set.`,
    );
  const [model, assistantId] = [given('MODEL'), given('ASSISTANT_ID')];
  return {
    provider,
    server: {
      label: 'the real server',
      account: {
        name: 'conformance',
        apiKey,
        baseURL,
        webhookSecrets: [],
        ...(model === undefined ? {} : { defaultModel: model }),
        ...(assistantId === undefined ? {} : { defaultAssistantId: assistantId }),
      },
      pauseMs: 1_000,
      patienceMs: 240_000,
      close: () => Promise.resolve(),
    },
  };
}
