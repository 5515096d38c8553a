import { NativeConnection } from '@temporalio/worker';
import { createLogger, runMain, StartupError } from '../config/process.ts';
import { describeUnreachableTemporal, type TemporalConfiguration } from '../config/temporal.ts';
import type { Tool } from '../tools/tool.ts';
import { readWorkerConfiguration } from './configuration.ts';
import { createWorkers, runWorkers } from './createWorkers.ts';
import { explainNotCurrent, isCurrent } from './deployment.ts';
import { installRuntime } from './runtime.ts';

/** The main function of a process that is a worker with these tools, configured by its environment. */
export function runWorkerProcess(tools: readonly Tool[]): Promise<void> {
  return runMain(() => work(tools));
}

async function work(tools: readonly Tool[]): Promise<void> {
  const configuration = readWorkerConfiguration(process.env);
  const { temporal, accounts, taskQueue, payloadKeys, workflowBundlePath, deployment, log } = configuration;
  const logger = createLogger('worker', log);
  installRuntime(logger);

  const connection = await connect(temporal);
  try {
    const { namespace } = temporal;
    const workers = await createWorkers({
      connection,
      namespace,
      taskQueue,
      accounts,
      tools,
      payloadKeys,
      ...(workflowBundlePath === undefined ? {} : { workflowBundlePath }),
      ...(deployment === undefined ? {} : { deployment }),
    });
    if (deployment !== undefined && !(await isCurrent(connection, namespace, deployment)))
      logger.warn(deployment, explainNotCurrent(namespace, deployment));
    logger.info(
      {
        taskQueue,
        namespace,
        ...deployment,
        accounts: accounts.map(({ name, baseURL }) => ({ name, baseURL })),
      },
      'ready',
    );
    await runWorkers(workers);
    logger.info('stopped');
  } finally {
    await connection.close();
  }
}

async function connect({ connectionOptions, address }: TemporalConfiguration): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect(connectionOptions);
  } catch (error) {
    throw new StartupError(describeUnreachableTemporal(address, error));
  }
}
