import type { WorkerDeploymentVersion } from '@temporalio/common';
import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import { createDataConverter } from '../codec/dataConverter.ts';
import { noPayloadKeys, type PayloadKeys } from '../codec/payloadKeys.ts';
import { createProviderActivities } from '../activities/providerActivities.ts';
import { createRegistryActivities, createToolActivity } from '../activities/toolActivities.ts';
import { toolTaskQueue } from '../core/taskQueues.ts';
import type { Account } from '../providers/account.ts';
import { ProviderRegistry } from '../providers/registry.ts';
import { ToolRegistry } from '../tools/registry.ts';
import type { Tool } from '../tools/tool.ts';
import { autoUpgrade } from './deployment.ts';
import { ensureSearchAttributes } from './searchAttributes.ts';
import { chooseWorkflows } from './workflowCode.ts';

export interface WorkersOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly accounts: readonly Account[];
  readonly tools: readonly Tool[];
  /**
   * A bundle made by `bundleWorkflowCode` of the same SDK version; by default one is made now. With encryption it is one that was made with
   * `failureConverterPath`, or there is such a one beside it, named `….encrypted.js`.
   */
  readonly workflowBundlePath?: string;
  /**
   * Makes both workers versioned, as a build of a deployment. Until one of its builds has been made current they get nothing to do:
   * `docs/upgrading.md`.
   */
  readonly deployment?: WorkerDeploymentVersion;
  /** Encrypts what goes to Temporal, and decrypts what comes from it. Clients and bridges need the same keys. */
  readonly payloadKeys?: PayloadKeys;
  /** Anything else for both workers. */
  readonly workerOptions?: Partial<WorkerOptions>;
}

/** How long the runs of a worker that has died wait for it before another takes over; the SDK's default is twice as long. */
const stickyQueueScheduleToStartTimeout = '5s';

/** How long a stopping worker lets its activities finish. */
const shutdownGraceTime = '30s';

/**
 * Two workers for one process: runs with their provider calls, and tools on a task queue of their own. Adds the search attributes that
 * runs set, where the namespace lacks them.
 */
export async function createWorkers(options: WorkersOptions): Promise<readonly [Worker, Worker]> {
  const { connection, namespace, taskQueue, deployment, workerOptions } = options;
  const payloadKeys = options.payloadKeys ?? noPayloadKeys;
  const workflows = await chooseWorkflows(options.workflowBundlePath, payloadKeys);
  await ensureSearchAttributes(connection, namespace);
  const providers = new ProviderRegistry(options.accounts);
  const tools = new ToolRegistry(options.tools);
  const common = {
    connection,
    namespace,
    dataConverter: createDataConverter(payloadKeys),
    shutdownGraceTime,
    stickyQueueScheduleToStartTimeout,
    ...(deployment === undefined ? {} : { workerDeploymentOptions: autoUpgrade(deployment) }),
    ...workerOptions,
  } satisfies Partial<WorkerOptions>;

  const runWorker = await Worker.create({
    ...common,
    ...workflows,
    taskQueue,
    activities: { ...createProviderActivities({ providers, tools }), ...createRegistryActivities(tools) },
  });
  const toolWorker = await Worker.create({
    ...common,
    taskQueue: toolTaskQueue(taskQueue),
    activities: { default: createToolActivity(tools) },
  });
  return [runWorker, toolWorker];
}

/** Runs workers until they are told to stop; when one fails, the others are stopped, and its error is thrown. */
export async function runWorkers(workers: readonly Worker[]): Promise<void> {
  const runs = workers.map(async (worker) => {
    try {
      await worker.run();
    } finally {
      for (const other of workers) if (other.getState() === 'RUNNING') other.shutdown();
    }
  });
  for (const result of await Promise.allSettled(runs)) {
    if (result.status === 'rejected') throw result.reason;
  }
}
