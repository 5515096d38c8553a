import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { NativeConnection } from '@temporalio/worker';
import { beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { searchAttributeNames } from '../../core/searchAttributes.ts';
import { defaultTaskQueue, toolTaskQueue } from '../../core/taskQueues.ts';
import { demonstrationTools } from '../../tools/demonstration.ts';
import { createWorkers } from '../../worker/createWorkers.ts';
import { ensureSearchAttributes } from '../../worker/searchAttributes.ts';
import { accountOf } from '../providers/support.ts';
import { installQuietRuntime } from '../support/quietRuntime.ts';

beforeAll(() => {
  installQuietRuntime();
});

async function connectNatively(): Promise<NativeConnection> {
  const connection = await NativeConnection.connect({ address: inject('temporalAddress') });
  onTestFinished(() => connection.close());
  return connection;
}

/** A namespace of the test's own: that of all tests has the attributes from the start. */
async function newNamespace(connection: NativeConnection): Promise<string> {
  const namespace = `worker-test-${randomUUID()}`;
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: msToTs('1 day'),
  });
  return namespace;
}

describe('ensureSearchAttributes', () => {
  const keyword = 2;
  const wanted = Object.fromEntries(Object.values(searchAttributeNames).map((name) => [name, keyword]));

  test('adds what is missing, each as a keyword, and does nothing the second time', async () => {
    const connection = await connectNatively();
    const namespace = await newNamespace(connection);
    await ensureSearchAttributes(connection, namespace);
    const added = await connection.operatorService.listSearchAttributes({ namespace });
    expect(added.customAttributes).toMatchObject(wanted);
    await ensureSearchAttributes(connection, namespace);
    const after = await connection.operatorService.listSearchAttributes({ namespace });
    expect(after.customAttributes).toEqual(added.customAttributes);
  });

  test('refuses a namespace where one of them has another type', async () => {
    const connection = await connectNatively();
    const namespace = await newNamespace(connection);
    const searchAttributes = { [searchAttributeNames.status]: 3 };
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
    await expect(ensureSearchAttributes(connection, namespace)).rejects.toThrow(
      `${searchAttributeNames.status}, but not of the type Keyword`,
    );
  });

  test('several workers may start at once', async () => {
    const connection = await connectNatively();
    const namespace = await newNamespace(connection);
    await Promise.all(Array.from({ length: 4 }, () => ensureSearchAttributes(connection, namespace)));
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    expect(customAttributes).toMatchObject(wanted);
  });
});

describe('createWorkers', () => {
  test('makes a worker for runs and one for tools, each on its queue', async () => {
    const connection = await connectNatively();
    const taskQueue = `worker-test-${randomUUID()}`;
    const workers = await createWorkers({
      connection,
      namespace: 'default',
      taskQueue,
      accounts: [accountOf('http://127.0.0.1:9/v1')],
      tools: demonstrationTools,
      workerOptions: { workflowBundle: { codePath: inject('workflowBundlePath') }, shutdownGraceTime: 0 },
    });
    expect(workers.map((worker) => worker.options.taskQueue)).toEqual([taskQueue, `${taskQueue}-tools`]);
    // The tools' worker has no workflows, and the one for runs has no catch-all for names that a model makes up.
    const [runs, tools] = workers;
    expect(runs.options.activities.has('default')).toBe(false);
    expect([...runs.options.activities.keys()].toSorted()).toEqual([
      'cancelRun',
      'createRun',
      'describeTools',
      'findRun',
      'retrieveRun',
      'submitToolOutputs',
    ]);
    expect([...tools.options.activities.keys()]).toEqual(['default']);

    const running = workers.map((worker) => worker.run());
    const client = new Client({
      connection: await Connection.connect({ address: inject('temporalAddress') }),
    });
    onTestFinished(() => client.connection.close());
    const handle = await client.workflow.start('openaiRun', {
      taskQueue,
      workflowId: `worker-test-${randomUUID()}`,
      args: [{ inputt: 'misspelt' }],
    });
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'run.invalid_input' } });
    for (const worker of workers) worker.shutdown();
    await Promise.all(running);
  });

  test('two tools of one name are refused before anything runs', async () => {
    const connection = await connectNatively();
    const [tool] = demonstrationTools;
    if (tool === undefined) throw new Error('expected a tool');
    await expect(
      createWorkers({
        connection,
        namespace: 'default',
        taskQueue: 'never-used',
        accounts: [],
        tools: [tool, tool],
      }),
    ).rejects.toThrow("Two tools are called 'add'");
  });
});

test('the task queues have stable names: workers and clients of different versions meet there', () => {
  expect(defaultTaskQueue).toBe('durable-runs');
  expect(toolTaskQueue(defaultTaskQueue)).toBe('durable-runs-tools');
});
