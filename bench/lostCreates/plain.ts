import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createPlainActivities } from './plainActivities.ts';
import type { plainRun } from './plainWorkflow.ts';

/** Makes each by the plain workflow, with a worker in this process; gives how many completed. */
export async function playPlain(given: {
  readonly client: Client;
  readonly temporalAddress: string;
  readonly baseURL: string;
  readonly ids: readonly string[];
  readonly progress: (done: number) => void;
}): Promise<number> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const { client, ids } = given;
  const connection = await NativeConnection.connect({ address: given.temporalAddress });
  const taskQueue = `plain-${randomUUID()}`;
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowsPath: fileURLToPath(new URL('./plainWorkflow.ts', import.meta.url)),
    activities: createPlainActivities(given.baseURL),
  });
  try {
    return await worker.runUntil(async () => {
      let done = 0;
      const results = await Promise.all(
        ids.map(async (workflowId) => {
          const status = await client.workflow.execute<typeof plainRun>('plainRun', {
            taskQueue,
            workflowId,
            args: [workflowId],
          });
          given.progress((done += 1));
          return status;
        }),
      );
      return results.filter((status) => status === 'completed').length;
    });
  } finally {
    await connection.close();
  }
}
