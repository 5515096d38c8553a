import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CallCounts, CallKind } from '../../core/calls.ts';
import { addCalls } from '../../core/calls.ts';
import { createClient, type Account } from '../../providers/account.ts';
import { AssistantProvider } from '../../providers/assistant/assistantProvider.ts';
import { describeProblem, type Problem } from '../../providers/problem.ts';
import type { CallContext } from '../../providers/provider.ts';
import { onTestFinished } from 'vitest';

export function accountOf(baseURL: string, given: Partial<Account> = {}): Account {
  return {
    name: 'default',
    apiKey: 'sk-simulator',
    baseURL,
    webhookSecrets: [],
    defaultAssistantId: 'asst_simulator',
    ...given,
  };
}

export function providerOf(account: Account): AssistantProvider {
  return new AssistantProvider(account, createClient(account));
}

/** A context that keeps count. */
export class CountingContext implements CallContext {
  readonly signal: AbortSignal;
  calls: CallCounts = {};

  constructor(signal: AbortSignal = AbortSignal.timeout(30_000)) {
    this.signal = signal;
  }

  count(kind: CallKind): void {
    this.calls = addCalls(this.calls, { [kind]: 1 });
  }
}

/** The problem that a call ends with; fails the test when it ends well. */
export async function problemOf(call: () => Promise<unknown>): Promise<Problem> {
  let reply: unknown;
  try {
    reply = await call();
  } catch (error) {
    return describeProblem(error);
  }
  throw new Error(`It went well: ${JSON.stringify(reply)}`);
}

/** An HTTP server that goes with the test; gives its base URL with `/v1`. */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });
  return `http://127.0.0.1:${portOf(server.address())}/v1`;
}

/** The base URL of a port on which nobody listens (any more). */
export async function closedPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const port = portOf(server.address());
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return `http://127.0.0.1:${port}/v1`;
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('expected a TCP address');
  return address.port;
}
