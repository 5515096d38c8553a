import { isGrpcServiceError } from '@temporalio/client';
import type { WorkerDeploymentVersion } from '@temporalio/common';
import type { NativeConnection, WorkerDeploymentOptions } from '@temporalio/worker';
import * as z from 'zod';

/*
 * Temporal's worker versioning, off by default. A run is not pinned to the build that it began on: it may last for days, and a worker
 * that was mended must reach it. `docs/upgrading.md` says what that asks of a change.
 */

/** Which build of which deployment a worker is. */
export const deploymentVariables = {
  WORKER_DEPLOYMENT_NAME: z
    .string()
    // The server puts both into one name, and refuses these.
    .regex(/^(?!__)[^.:\s]+$/, 'expected a name without dots, colons and spaces that does not begin with __')
    .optional(),
  WORKER_BUILD_ID: z
    .string()
    .regex(/^\S+$/, 'expected a build id without spaces, such as the commit')
    .optional(),
};

interface DeploymentVariables {
  readonly WORKER_DEPLOYMENT_NAME?: string | undefined;
  readonly WORKER_BUILD_ID?: string | undefined;
}

/** Both, or neither. */
export function checkDeployment(variables: DeploymentVariables, context: z.RefinementCtx): void {
  const { WORKER_DEPLOYMENT_NAME: name, WORKER_BUILD_ID: build } = variables;
  if ((name === undefined) === (build === undefined)) return;
  const [missing, given] =
    name === undefined
      ? ['WORKER_DEPLOYMENT_NAME', 'WORKER_BUILD_ID']
      : ['WORKER_BUILD_ID', 'WORKER_DEPLOYMENT_NAME'];
  context.addIssue({
    code: 'custom',
    path: [missing],
    message: `expected a value beside that of ${given}. Set both for a versioned worker, neither for one that is not`,
  });
}

/** undefined when the worker is not versioned. */
export function toDeployment(variables: DeploymentVariables): WorkerDeploymentVersion | undefined {
  const { WORKER_DEPLOYMENT_NAME: deploymentName, WORKER_BUILD_ID: buildId } = variables;
  return deploymentName === undefined || buildId === undefined ? undefined : { deploymentName, buildId };
}

/** What a versioned worker is told. */
export function autoUpgrade(version: WorkerDeploymentVersion): WorkerDeploymentOptions {
  return { version, useWorkerVersioning: true, defaultVersioningBehavior: 'AUTO_UPGRADE' };
}

/** gRPC's code for what the server has not heard of. */
const notFound: readonly number[] = [5];

/** Whether new runs go to this build. A deployment that the server has not heard of yet has no current build; a server that does not say is believed to know it. */
export async function isCurrent(
  connection: NativeConnection,
  namespace: string,
  { deploymentName, buildId }: WorkerDeploymentVersion,
): Promise<boolean> {
  try {
    const { workerDeploymentInfo } = await connection.workflowService.describeWorkerDeployment({
      namespace,
      deploymentName,
    });
    return workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId === buildId;
  } catch (error) {
    // A server that will not say, as one that is older than this question, must not keep a worker from starting.
    return !(isGrpcServiceError(error) && notFound.includes(error.code));
  }
}

/** What to do about a build that is not current. */
export function explainNotCurrent(
  namespace: string,
  { deploymentName, buildId }: WorkerDeploymentVersion,
): string {
  return (
    `this worker gets no runs until its build is current (or ramping): temporal worker deployment set-current-version ` +
    `--namespace ${namespace} --deployment-name ${deploymentName} --build-id ${buildId}`
  );
}
