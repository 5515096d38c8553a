import { randomBytes } from 'node:crypto';
import path from 'node:path';
import * as z from 'zod';
import { readPayloadKeys } from '../../codec/payloadKeys.ts';
import { readAccounts } from '../../config/accounts.ts';
import {
  describeGiven,
  portVariable,
  readBoth,
  readEnvironment,
  readVariable,
  type Environment,
} from '../../config/environment.ts';
import { openaiBaseURL } from '../../config/openai.ts';
import { StartupError } from '../../config/process.ts';
import type { Account } from '../../providers/account.ts';
import { providerNames } from '../../providers/registry.ts';
import { SIMULATOR_ASSISTANT_ID, SIMULATOR_MODEL } from '../../simulator/index.ts';

export const root: string = path.resolve(import.meta.dirname, '..', '..');

const schema = z.object({
  TEMPORAL_ADDRESS: z.string().optional(),
  TEMPORAL_PORT: portVariable(7233),
  TEMPORAL_UI_PORT: portVariable(8233),
  SIMULATOR_PORT: portVariable(4010),
  BRIDGE_PORT: portVariable(8088),
  CODEC_PORT: portVariable(8089),
  DURABLE_RUNS_STATE_DIR: z.string().default(path.join(root, '.durable-runs')),
});

/** What `npm start` starts, and against what. */
export interface StartConfiguration {
  /** An address that was given: then no Temporal server is started. */
  readonly temporalAddress: string | undefined;
  readonly temporalPort: number;
  readonly temporalUiPort: number;
  readonly simulatorPort: number;
  readonly bridgePort: number;
  /** With encryption: the keys as they were given, and where the Web UI has payloads decrypted. */
  readonly encryption?: { readonly keys: string; readonly codecPort: number };
  /** Database, logs and whatever else is kept between starts. */
  readonly stateFolder: string;
  /** Temporal's database; undefined: in its memory. */
  readonly databaseFile: string | undefined;
  readonly openai: OpenaiTarget;
}

export interface OpenaiTarget {
  readonly kind: 'simulator' | 'server';
  readonly apiKey: string;
  readonly baseURL: string;
  /** Absent: no bridge is started, and runs are polled. */
  readonly webhookSecret?: string;
  /** Providers that are shown; empty: the account's own choice. */
  readonly providers: readonly string[];
  readonly provider?: string;
  readonly model?: string;
  readonly assistantId?: string;
}

/** The cheapest model of OpenAI's: for whoever has a key and wants to see it work. */
const cheapModel = 'gpt-6-luna';

/** Throws a ConfigurationError or a StartupError with everything that stands in the way. */
export function readStartConfiguration(environment: Environment): StartConfiguration {
  const [[variables], account] = readBoth(
    () =>
      readBoth(
        () => readEnvironment(schema, environment),
        () => readPayloadKeys(environment),
      ),
    () => readAccount(environment),
  );
  const keys = readVariable(environment, 'PAYLOAD_ENCRYPTION_KEYS');
  const stateFolder = path.resolve(variables.DURABLE_RUNS_STATE_DIR);
  return {
    temporalAddress: variables.TEMPORAL_ADDRESS,
    temporalPort: variables.TEMPORAL_PORT,
    temporalUiPort: variables.TEMPORAL_UI_PORT,
    simulatorPort: variables.SIMULATOR_PORT,
    bridgePort: variables.BRIDGE_PORT,
    ...(keys === undefined ? {} : { encryption: { keys, codecPort: variables.CODEC_PORT } }),
    stateFolder,
    databaseFile: path.join(stateFolder, 'temporal.db'),
    openai: account === undefined ? simulatorAt(variables.SIMULATOR_PORT) : serverOf(account),
  };
}

/**
 * Whose key runs go with; undefined for the simulator, which is used unless a key says otherwise. All accounts are checked as worker and
 * bridge will check them. A key goes to the address that was given with it, or to OpenAI's own; never to the simulator.
 */
function readAccount(environment: Environment): Account | undefined {
  const baseURL = readVariable(environment, 'OPENAI_BASE_URL');
  const hasKey = readVariable(environment, 'OPENAI_API_KEY') !== undefined;
  if (!hasKey && baseURL === undefined) return undefined;
  const [account] = hasKey ? readAccounts(environment, { providerNames }) : [];
  if (account !== undefined) return account;
  throw new StartupError(
    `OPENAI_BASE_URL is set to ${describeGiven('OPENAI_BASE_URL', baseURL)}, but OPENAI_API_KEY is not. ` +
      'Set the key of that server too, or unset OPENAI_BASE_URL to use the simulator.',
  );
}

function simulatorAt(port: number): OpenaiTarget {
  return {
    kind: 'simulator',
    apiKey: 'sk-simulator',
    baseURL: `http://127.0.0.1:${port}/v1`,
    webhookSecret: `whsec_${randomBytes(24).toString('base64')}`,
    providers: providerNames,
    model: SIMULATOR_MODEL,
    assistantId: SIMULATOR_ASSISTANT_ID,
  };
}

function serverOf(account: Account): OpenaiTarget {
  const { apiKey, baseURL, webhookSecrets, defaultProvider, defaultModel, defaultAssistantId } = account;
  const isOpenai = new URL(baseURL).host === new URL(openaiBaseURL).host;
  if (!isOpenai && defaultModel === undefined && defaultAssistantId === undefined) {
    throw new StartupError(
      `Runs go to ${baseURL}, and nothing says which model is to answer there. ` +
        'Set OPENAI_MODEL to a model of that server, or OPENAI_ASSISTANT_ID to an assistant of it.',
    );
  }
  const model = defaultModel ?? (isOpenai ? cheapModel : undefined);
  return {
    kind: 'server',
    apiKey,
    baseURL,
    providers: [],
    ...(webhookSecrets.length === 0 ? {} : { webhookSecret: webhookSecrets.join(',') }),
    ...(defaultProvider === undefined ? {} : { provider: defaultProvider }),
    ...(model === undefined ? {} : { model }),
    ...(defaultAssistantId === undefined ? {} : { assistantId: defaultAssistantId }),
  };
}
