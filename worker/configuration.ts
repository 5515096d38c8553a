import { existsSync } from 'node:fs';
import type { WorkerDeploymentVersion } from '@temporalio/common';
import * as z from 'zod';
import { readAccounts } from '../config/accounts.ts';
import { readBoth, readEnvironment, type Environment } from '../config/environment.ts';
import { processVariables, toLogSettings, type LogSettings } from '../config/process.ts';
import { payloadKeysVariables, type PayloadKeys } from '../codec/payloadKeys.ts';
import { readTemporalConfiguration, type TemporalConfiguration } from '../config/temporal.ts';
import type { Account } from '../providers/account.ts';
import { providerNames } from '../providers/registry.ts';
import { checkDeployment, deploymentVariables, toDeployment } from './deployment.ts';

const schema = z
  .object({
    ...processVariables,
    ...deploymentVariables,
    ...payloadKeysVariables,
    WORKFLOW_BUNDLE: z
      .string()
      .refine(existsSync, 'expected the file of a workflow bundle; unset it to have one made at every start')
      .optional(),
  })
  .superRefine(checkDeployment);

export interface WorkerConfiguration {
  readonly temporal: TemporalConfiguration;
  readonly accounts: readonly Account[];
  readonly taskQueue: string;
  readonly payloadKeys: PayloadKeys;
  /** A workflow bundle that was made before; without it the worker makes one, which takes it a few seconds. */
  readonly workflowBundlePath: string | undefined;
  /** Which build of which deployment this worker is; without it workers are not versioned. */
  readonly deployment: WorkerDeploymentVersion | undefined;
  readonly log: LogSettings;
}

/** Reads the worker's configuration; throws a ConfigurationError with everything that is wrong with it. */
export function readWorkerConfiguration(environment: Environment): WorkerConfiguration {
  const [[accounts, variables], temporal] = readBoth(
    () =>
      readBoth(
        () => readAccounts(environment, { providerNames }),
        () => readEnvironment(schema, environment),
      ),
    () => readTemporalConfiguration(environment),
  );
  return {
    temporal,
    accounts,
    taskQueue: variables.DURABLE_RUNS_TASK_QUEUE,
    payloadKeys: variables.PAYLOAD_ENCRYPTION_KEYS,
    workflowBundlePath: variables.WORKFLOW_BUNDLE,
    deployment: toDeployment(variables),
    log: toLogSettings(variables),
  };
}
