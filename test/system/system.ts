import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { inject } from 'vitest';
import { startSimulator, type LogEntry, type Simulator } from '../../simulator/index.ts';
import { retriesUntilClosed } from '../../config/temporalRetries.ts';
import { openaiRunType } from '../../workflows/messages.ts';
import type { RunInput } from '../../core/input.ts';
import type { RunResult } from '../../core/result.ts';
import type { openaiRun } from '../../workflows/openaiRun.ts';
import { webhookPath } from '../../bridge/index.ts';
import { dialect } from '../support/presentDialect.ts';
import { webhookSecret } from '../support/harness.ts';
import { findFreePort } from '../../scripts/temporal/ports.ts';
import { startTestProcess, type TestProcess } from '../support/processes.ts';

/** The system as it runs in production: workers and bridges are processes, and can be killed. */
export class System implements AsyncDisposable {
  readonly taskQueue = `system-${randomUUID()}`;
  readonly simulator: Simulator;
  readonly client: Client;
  readonly #connection: Connection;
  readonly #processes: TestProcess[] = [];
  readonly #temporalAddress: string;

  private constructor(simulator: Simulator, connection: Connection, temporalAddress: string) {
    this.simulator = simulator;
    this.#connection = connection;
    this.#temporalAddress = temporalAddress;
    this.client = new Client({ connection });
  }

  static async start(temporalAddress: string = inject('temporalAddress')): Promise<System> {
    const simulator = await startSimulator({
      port: 0,
      queueMs: 10,
      workMs: 30,
      cancelMs: 10,
      redeliverAfterMs: 100,
    });
    return new System(
      simulator,
      await Connection.connect({ address: temporalAddress, interceptors: retriesUntilClosed }),
      temporalAddress,
    );
  }

  startWorker(environment: Record<string, string> = {}): Promise<TestProcess> {
    return this.#start('worker/main.ts', environment);
  }

  /** A worker whose tool `work` tells the given address when it begins, and does not end before that has answered. */
  startToolWorker(counterUrl: string): Promise<TestProcess> {
    return this.#start('test/system/toolWorker.ts', { COUNTER_URL: counterUrl });
  }

  /** @param port of the bridge; deliveries due to one that was killed go to its successor */
  startBridge(port: number): Promise<TestProcess> {
    return this.#start('bridge/main.ts', { BRIDGE_PORT: String(port) });
  }

  /** A bridge that gets the simulator's webhooks. */
  async startListeningBridge(): Promise<void> {
    const port = await findFreePort();
    await this.startBridge(port);
    this.simulator.addWebhook({ url: `http://127.0.0.1:${port}${webhookPath}`, secret: webhookSecret });
  }

  async #start(file: string, environment: Record<string, string> = {}): Promise<TestProcess> {
    const started = await startTestProcess(file, {
      TEMPORAL_ADDRESS: this.#temporalAddress,
      DURABLE_RUNS_TASK_QUEUE: this.taskQueue,
      WORKFLOW_BUNDLE: inject('workflowBundlePath'),
      OPENAI_API_KEY: 'sk-simulator',
      OPENAI_BASE_URL: this.simulator.baseURL,
      OPENAI_WEBHOOK_SECRET: webhookSecret,
      OPENAI_PROVIDER: dialect.provider,
      OPENAI_MODEL: 'gpt-sim',
      OPENAI_ASSISTANT_ID: 'asst_simulator',
      ...environment,
    });
    this.#processes.push(started);
    return started;
  }

  async startRun(
    input: RunInput,
  ): Promise<{ id: string; firstExecutionRunId: string; result(): Promise<RunResult> }> {
    const id = `run-${randomUUID()}`;
    const handle = await this.client.workflow.start<typeof openaiRun>(openaiRunType, {
      taskQueue: this.taskQueue,
      workflowId: id,
      args: [input],
    });
    const { firstExecutionRunId } = handle;
    return { id, firstExecutionRunId, result: () => handle.result() };
  }

  /** Resolves with the first entry of the simulator's log that fits, be it there already or yet to come. */
  seen(fits: (entry: LogEntry) => boolean): Promise<LogEntry> {
    return this.simulator.log.waitFor(fits, 30_000);
  }

  /** The status changes of all provider runs made for a durable run. */
  changes(id: string): { runId: string; from: string | null; to: string }[] {
    return this.simulator.log
      .entries({ kind: 'run', metadata: { durable_run_id: id } })
      .flatMap((entry) =>
        entry.kind === 'run' ? [{ runId: entry.runId, from: entry.from, to: entry.to }] : [],
      );
  }

  /** How many submits the provider has accepted for a durable run. */
  submits(id: string): number {
    return this.simulator.log.entries({ metadata: { durable_run_id: id } }).filter(isSubmit).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const started of this.#processes) await started.kill();
    await this.simulator.close();
    await this.#connection.close();
  }
}

/** A run that goes on with the outputs of its tools, or a response that continues another with them. */
export function isSubmit(entry: LogEntry): boolean {
  if (entry.kind !== 'run') return false;
  return entry.from === 'requires_action' || (entry.from === null && entry.previousId !== undefined);
}
