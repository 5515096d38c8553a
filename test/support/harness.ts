import { randomUUID } from 'node:crypto';
import { Client, Connection, type WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { pino } from 'pino';
import { inject } from 'vitest';
import { createBridge, webhookPath, type BridgeLimits } from '../../bridge/index.ts';
import { retriesUntilClosed } from '../../config/temporalRetries.ts';
import { createDataConverter } from '../../codec/dataConverter.ts';
import { noPayloadKeys, type PayloadKeys } from '../../codec/payloadKeys.ts';
import type { RunInput } from '../../core/input.ts';
import type { Account } from '../../providers/account.ts';
import { startSimulator, type Simulator, type SimulatorOptions } from '../../simulator/index.ts';
import { demonstrationTools } from '../../tools/demonstration.ts';
import type { Tool } from '../../tools/tool.ts';
import { createWorkers } from '../../worker/createWorkers.ts';
import { openaiRun } from '../../workflows/openaiRun.ts';
import { installQuietRuntime } from './quietRuntime.ts';

export const webhookSecret = 'whsec_dGhlIHNlY3JldCBvZiB0aGUgdGVzdHM=';

/** The whole system in one process, but for the Temporal server: a worker, a simulator, and a bridge if asked for. */
export interface Harness {
  readonly client: Client;
  readonly simulator: Simulator;
  readonly account: Account;
  readonly taskQueue: string;
  /** Where the bridge listens, whoever delivers. */
  readonly webhookUrl: string;
  start(
    input: RunInput,
    workflowId?: string,
  ): Promise<WorkflowHandleWithFirstExecutionRunId<typeof openaiRun>>;
  /** Stops the workers, and starts others with these keys on the same task queue. */
  replaceWorkers(payloadKeys: PayloadKeys): Promise<void>;
  stop(): Promise<void>;
}

export interface HarnessOptions {
  /** Of runs that name none; by default the one that the tests run with this time, or else `assistant`. */
  readonly provider?: string;
  readonly simulator?: SimulatorOptions;
  readonly tools?: readonly Tool[];
  /** Whether the simulator delivers webhooks; true by default. */
  readonly webhooks?: boolean;
  /** Of everything at first: workers, bridge and client. None by default. */
  readonly payloadKeys?: PayloadKeys;
  /** With keys, another than the one that all tests share. */
  readonly workflowBundlePath?: string;
  readonly limits?: Partial<BridgeLimits>;
}

export async function startHarness(options: HarnessOptions = {}): Promise<Harness> {
  installQuietRuntime();
  const address = inject('temporalAddress');
  const connection = await Connection.connect({ address, interceptors: retriesUntilClosed });
  const workerConnection = await NativeConnection.connect({ address });
  const payloadKeys = options.payloadKeys ?? noPayloadKeys;
  const client = new Client({ connection, dataConverter: createDataConverter(payloadKeys) });
  const simulator = await startSimulator({
    port: 0,
    queueMs: 20,
    workMs: 30,
    cancelMs: 20,
    // On a machine with much else to do a delivery may fail that nobody meant to fail.
    redeliverAfterMs: 200,
    ...options.simulator,
  });
  const account: Account = {
    name: 'default',
    apiKey: 'sk-simulator',
    baseURL: simulator.baseURL,
    webhookSecrets: [webhookSecret],
    defaultProvider: options.provider ?? inject('provider') ?? 'assistant',
    defaultModel: 'gpt-sim',
    defaultAssistantId: 'asst_simulator',
  };
  const taskQueue = `test-${randomUUID()}`;
  const startWorkers = async (keys: PayloadKeys): Promise<() => Promise<void>> => {
    const workers = await createWorkers({
      connection: workerConnection,
      namespace: 'default',
      taskQueue,
      accounts: [account],
      tools: options.tools ?? demonstrationTools,
      payloadKeys: keys,
      workflowBundlePath: options.workflowBundlePath ?? inject('workflowBundlePath'),
      workerOptions: { shutdownGraceTime: '1s' },
    });
    const running = workers.map((worker) => worker.run());
    return async () => {
      for (const worker of workers) worker.shutdown();
      await Promise.all(running);
    };
  };
  let stopWorkers = await startWorkers(payloadKeys);

  const bridge = createBridge({
    client,
    accounts: [account],
    logger: pino({ level: 'silent' }),
    readTimeoutMs: 10_000,
    temporalTimeoutMs: 10_000,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  const webhookUrl = `${await bridge.listen({ host: '127.0.0.1', port: 0 })}${webhookPath}`;
  if (options.webhooks ?? true) simulator.addWebhook({ url: webhookUrl, secret: webhookSecret });

  return {
    client,
    simulator,
    account,
    taskQueue,
    webhookUrl,
    start: (input, workflowId = `run-${randomUUID()}`) =>
      client.workflow.start(openaiRun, { taskQueue, workflowId, args: [input] }),
    async replaceWorkers(keys) {
      await stopWorkers();
      stopWorkers = await startWorkers(keys);
    },
    async stop() {
      await simulator.close();
      await bridge.close();
      await stopWorkers();
      await workerConnection.close();
      await connection.close();
    },
  };
}
