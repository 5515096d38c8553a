import * as z from 'zod';
import { payloadKeysVariables, type PayloadKeys } from '../codec/payloadKeys.ts';
import { readBoth, readEnvironment, type Environment } from '../config/environment.ts';
import { processVariables } from '../config/process.ts';
import { readTemporalConfiguration, type TemporalConfiguration } from '../config/temporal.ts';

/** No log settings: what a command has to say, it says on its output. */
const schema = z.object({
  ...payloadKeysVariables,
  DURABLE_RUNS_TASK_QUEUE: processVariables.DURABLE_RUNS_TASK_QUEUE,
  TEMPORAL_UI_URL: z
    .string()
    .refine(
      (url) => /^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : ''),
      "expected the http(s) address of Temporal's Web UI, such as http://localhost:8233",
    )
    .optional(),
});

export interface ClientConfiguration {
  readonly temporal: TemporalConfiguration;
  readonly taskQueue: string;
  readonly payloadKeys: PayloadKeys;
  /** Where Temporal's Web UI is, if it is known. */
  readonly webUiUrl: string | undefined;
}

/** Reads a client's configuration; throws a ConfigurationError with everything that is wrong with it. */
export function readClientConfiguration(environment: Environment): ClientConfiguration {
  const [variables, temporal] = readBoth(
    () => readEnvironment(schema, environment),
    () => readTemporalConfiguration(environment),
  );
  return {
    temporal,
    taskQueue: variables.DURABLE_RUNS_TASK_QUEUE,
    payloadKeys: variables.PAYLOAD_ENCRYPTION_KEYS,
    webUiUrl: variables.TEMPORAL_UI_URL ?? guessWebUiUrl(temporal.address),
  };
}

/** Temporal Cloud's UI has one address; a server on this machine has it 1000 ports higher, as `temporal server start-dev` does. */
function guessWebUiUrl(address: string): string | undefined {
  const [, host, port] = /^(.*):(\d+)$/.exec(address) ?? [];
  if (host === undefined) return undefined;
  if (host.endsWith('.tmprl.cloud') || host.endsWith('.temporal.io')) return 'https://cloud.temporal.io';
  const isLocal = host === 'localhost' || host === '[::1]' || host.startsWith('127.');
  return isLocal ? `http://${host}:${Number(port) + 1_000}` : undefined;
}

/** The run's page in the Web UI, or null when nobody knows where that is. */
export function linkToRun({ webUiUrl, temporal }: ClientConfiguration, id: string): string | null {
  if (webUiUrl === undefined) return null;
  const path = `namespaces/${encodeURIComponent(temporal.namespace)}/workflows/${encodeURIComponent(id)}`;
  return `${webUiUrl.replace(/\/+$/, '')}/${path}`;
}
