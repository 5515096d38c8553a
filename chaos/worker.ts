import { NativeConnection } from '@temporalio/worker';
import * as z from 'zod';
import { createLogger, runMain } from '../config/process.ts';
import { readWorkerConfiguration } from '../worker/configuration.ts';
import { createWorkers, defineTool, runWorkers } from '../worker/index.ts';
import { installRuntime } from '../worker/runtime.ts';
import { counterVariable, toolName } from './toolProtocol.ts';

/* A worker as worker/main.ts has it, with one tool that acts on something outside. */

const answerMs = 3_000;

const record = defineTool({
  name: toolName,
  description: 'Records a number',
  parameters: z.object({ n: z.int() }),
  timeoutMs: 5_000,
  retry: { maximumAttempts: 100, initialMs: 200, maximumMs: 2_000 },
  async execute({ n }, { idempotencyKey, attempt }) {
    const response = await fetch(process.env[counterVariable] ?? '', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
      body: JSON.stringify({ n, attempt }),
      signal: AbortSignal.timeout(answerMs),
    });
    if (!response.ok) throw new Error(`The counter answered ${response.status}.`);
    return response.text();
  },
});

await runMain(async () => {
  const { temporal, taskQueue, accounts, workflowBundlePath, deployment, log } = readWorkerConfiguration(
    process.env,
  );
  const logger = createLogger('worker', log);
  installRuntime(logger);
  const connection = await NativeConnection.connect(temporal.connectionOptions);
  try {
    const workers = await createWorkers({
      connection,
      namespace: temporal.namespace,
      taskQueue,
      accounts,
      tools: [record],
      ...(workflowBundlePath === undefined ? {} : { workflowBundlePath }),
      ...(deployment === undefined ? {} : { deployment }),
    });
    logger.info({ taskQueue }, 'ready');
    await runWorkers(workers);
    logger.info('stopped');
  } finally {
    await connection.close();
  }
});
