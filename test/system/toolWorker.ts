import { NativeConnection } from '@temporalio/worker';
import * as z from 'zod';
import { createLogger, runMain } from '../../config/process.ts';
import { defineTool } from '../../tools/tool.ts';
import { readWorkerConfiguration } from '../../worker/configuration.ts';
import { createWorkers, runWorkers } from '../../worker/createWorkers.ts';

/* A worker with one tool, `work`, that acts on something outside: a counter, which decides when the tool is done. */

const work = defineTool({
  name: 'work',
  description: 'Does some work',
  parameters: z.object({ what: z.string() }),
  timeoutMs: 2_000,
  retry: { initialMs: 10 },
  async execute({ what }, { idempotencyKey, attempt }) {
    const response = await fetch(process.env['COUNTER_URL'] ?? '', {
      method: 'POST',
      headers: { 'idempotency-key': idempotencyKey },
      body: JSON.stringify({ what, attempt }),
    });
    return response.text();
  },
});

await runMain(async () => {
  const { temporal, taskQueue, accounts, workflowBundlePath, log } = readWorkerConfiguration(process.env);
  const connection = await NativeConnection.connect(temporal.connectionOptions);
  const workers = await createWorkers({
    connection,
    namespace: temporal.namespace,
    taskQueue,
    accounts,
    tools: [work],
    ...(workflowBundlePath === undefined ? {} : { workflowBundlePath }),
  });
  createLogger('worker', log).info('ready');
  await runWorkers(workers);
});
