import { randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import { Client, Connection, type WorkflowClientInterceptor, type WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { inject, onTestFinished } from 'vitest';
import { createBridge, webhookPath, type BridgeOptions } from '../../bridge/index.ts';
import { tagToMetadata, type RunTag } from '../../core/tag.ts';
import type { Account } from '../../providers/account.ts';
import { signWebhook, type SignatureHeaders } from '../../simulator/webhooks/sign.ts';

export const secret = 'whsec_dGhlIHNlY3JldCBvZiB0aGUgdGVzdHM=';
export const otherSecret = 'whsec_YW5vdGhlciBzZWNyZXQgb2YgdGhlIHRlc3Rz';
export const apiKey = 'sk-key-of-the-bridge';

export interface TestBridge {
  readonly app: FastifyInstance;
  /** Everything that was logged, as it was written. */
  readonly logged: () => string;
}

/** An account that verifies, and whose address nobody listens on. */
export function accountOf(given: Partial<Account> = {}): Account {
  return { name: 'default', apiKey, baseURL: 'http://127.0.0.1:9/v1', webhookSecrets: [secret], ...given };
}

/** A bridge that goes with the test; what is no option is of its one account, unless accounts are given. */
export function startBridge(
  given: Partial<Account> & Pick<BridgeOptions, 'client'> & Partial<BridgeOptions>,
): TestBridge {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const { client, accounts, providers, bodyLimit, limits, trustedProxies, ...rest } = given;
  const { readTimeoutMs = 2_000, temporalTimeoutMs = 10_000, ...account } = rest;
  const app = createBridge({
    client,
    accounts: accounts ?? [accountOf(account)],
    logger: pino({ level: 'trace' }, stream),
    readTimeoutMs,
    temporalTimeoutMs,
    ...(bodyLimit === undefined ? {} : { bodyLimit }),
    ...(providers === undefined ? {} : { providers }),
    ...(limits === undefined ? {} : { limits }),
    ...(trustedProxies === undefined ? {} : { trustedProxies }),
  });
  onTestFinished(() => app.close());
  return { app, logged: () => lines.join('') };
}

/** A client of the tests' Temporal server, with faults where a test wants them. */
export async function connect(interceptor: WorkflowClientInterceptor = {}): Promise<Client> {
  const connection = await Connection.connect({ address: inject('temporalAddress') });
  onTestFinished(() => connection.close());
  return new Client({ connection, interceptors: { workflow: [interceptor] } });
}

/** Such a client whose signals are held until `goOn` is called; `arrived` tells of the first. */
export async function connectHeld(): Promise<{ client: Client; arrived: Promise<void>; goOn: () => void }> {
  const arrived = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const client = await connect({
    async signal(input, next) {
      arrived.resolve();
      await goOn.promise;
      return next(input);
    },
  });
  return { client, arrived: arrived.promise, goOn: goOn.resolve };
}

export interface WaitingRun {
  readonly handle: WorkflowHandle;
  readonly tag: RunTag;
}

/** A workflow that runs and does nothing, for no worker polls its task queue: what it was sent is in its history. */
export async function startRun(client: Client): Promise<WaitingRun> {
  const handle = await client.workflow.start('openaiRun', {
    workflowId: `bridge-${randomUUID()}`,
    taskQueue: 'nobody-polls-here',
  });
  return {
    handle,
    tag: { workflowId: handle.workflowId, executionId: handle.firstExecutionRunId, attempt: 1, round: 0 },
  };
}

/** The wake-ups in a workflow's history. */
export async function wakeUpsOf(handle: WorkflowHandle): Promise<unknown[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signaled }) => {
    const payload = signaled?.input?.payloads?.[0];
    if (signaled?.signalName !== 'wakeUp' || payload === undefined) return [];
    const wakeUp: unknown = defaultPayloadConverter.fromPayload(payload);
    return [wakeUp];
  });
}

/** The body of an event about a run with this tag. */
export function eventOf(tag: RunTag | undefined, type = 'thread.run.in_progress', run: object = {}): string {
  const data = {
    id: 'run_1',
    object: 'thread.run',
    thread_id: 'thread_1',
    status: type.split('.').at(-1),
    metadata: tag === undefined ? {} : tagToMetadata(tag),
    ...run,
  };
  return JSON.stringify({ id: 'evt_1', object: 'event', created_at: 1, type, data });
}

export interface Signing {
  readonly id?: string;
  readonly ageSeconds?: number;
  readonly secrets?: readonly string[];
}

export function sign(body: string, given: Signing = {}): SignatureHeaders {
  const timestampSeconds = Math.floor(Date.now() / 1_000) - (given.ageSeconds ?? 0);
  return signWebhook({ id: given.id ?? 'wh_1', timestampSeconds, body }, given.secrets ?? [secret]);
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Delivers a webhook, properly signed unless other headers are given. */
export async function deliverTo(
  { app }: TestBridge,
  body: string,
  headers: Readonly<Record<string, string>> = { ...sign(body) },
  url: string = webhookPath,
): Promise<Answer> {
  const response = await app.inject({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json', ...headers },
    payload: body,
  });
  return { status: response.statusCode, body: response.body };
}
