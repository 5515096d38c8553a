import { setTimeout as sleep } from 'node:timers/promises';
import { isGrpcServiceError, type Client } from '@temporalio/client';
import type { WorkerDeploymentVersion } from '@temporalio/common';

/** gRPC's codes for a build that is not known yet, and for one whose workers do not ask for work on all task queues yet. */
const notYet: readonly number[] = [5, 9];

const pauseMs = 100;

/**
 * Makes a build the current one of its deployment, as `temporal worker deployment set-current-version` does. A worker that has
 * just started is unknown for a moment: it is waited for, until the signal says that it is too late.
 */
export async function makeCurrent(
  client: Client,
  { deploymentName, buildId }: WorkerDeploymentVersion,
  signal: AbortSignal,
): Promise<void> {
  const { namespace } = client.options;
  for (;;) {
    try {
      await client.workflowService.setWorkerDeploymentCurrentVersion({ namespace, deploymentName, buildId });
      return;
    } catch (error) {
      if (!isGrpcServiceError(error) || !notYet.includes(error.code) || signal.aborted) throw error;
      await sleep(pauseMs);
    }
  }
}
