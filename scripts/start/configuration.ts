import { randomBytes } from 'node:crypto';
import path from 'node:path';
import * as z from 'zod';
import { portVariable, readEnvironment, type Environment } from '../../config/environment.ts';
import { baseURLVariable, openaiBaseURL, openaiVariables } from '../../config/openai.ts';
import { StartupError } from '../../config/process.ts';
import { providerNames } from '../../providers/registry.ts';
import { SIMULATOR_ASSISTANT_ID, SIMULATOR_MODEL } from '../../simulator/index.ts';

export const root: string = path.resolve(import.meta.dirname, '..', '..');

const schema = z.object({
  OPENAI_API_KEY: openaiVariables.OPENAI_API_KEY.optional(),
  OPENAI_BASE_URL: baseURLVariable.optional(),
  OPENAI_WEBHOOK_SECRET: openaiVariables.OPENAI_WEBHOOK_SECRET,
  OPENAI_PROVIDER: openaiVariables.OPENAI_PROVIDER,
  OPENAI_MODEL: openaiVariables.OPENAI_MODEL,
  OPENAI_ASSISTANT_ID: openaiVariables.OPENAI_ASSISTANT_ID,
  TEMPORAL_ADDRESS: z.string().optional(),
  TEMPORAL_PORT: portVariable(7233),
  TEMPORAL_UI_PORT: portVariable(8233),
  SIMULATOR_PORT: portVariable(4010),
  BRIDGE_PORT: portVariable(8088),
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
  /** Database, logs and whatever else is kept between starts. */
  readonly stateFolder: string;
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
  const variables = readEnvironment(schema, environment);
  return {
    temporalAddress: variables.TEMPORAL_ADDRESS,
    temporalPort: variables.TEMPORAL_PORT,
    temporalUiPort: variables.TEMPORAL_UI_PORT,
    simulatorPort: variables.SIMULATOR_PORT,
    bridgePort: variables.BRIDGE_PORT,
    stateFolder: path.resolve(variables.DURABLE_RUNS_STATE_DIR),
    openai: chooseTarget(variables),
  };
}

/**
 * The simulator, unless a key says otherwise. A key goes to the address that was given with it, or to OpenAI's own; never to the
 * simulator, and no address gets a key that was not meant for it.
 */
function chooseTarget(variables: z.output<typeof schema>): OpenaiTarget {
  const { OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: baseURL } = variables;
  if (apiKey === undefined && baseURL === undefined) {
    return {
      kind: 'simulator',
      apiKey: 'sk-simulator',
      baseURL: `http://127.0.0.1:${variables.SIMULATOR_PORT}/v1`,
      webhookSecret: `whsec_${randomBytes(24).toString('base64')}`,
      providers: providerNames,
      model: SIMULATOR_MODEL,
      assistantId: SIMULATOR_ASSISTANT_ID,
    };
  }
  if (apiKey === undefined) {
    throw new StartupError(
      `OPENAI_BASE_URL is set to ${baseURL}, but OPENAI_API_KEY is not. ` +
        'Set the key of that server too, or unset OPENAI_BASE_URL to use the simulator.',
    );
  }
  const {
    OPENAI_WEBHOOK_SECRET: webhookSecret,
    OPENAI_PROVIDER: provider,
    OPENAI_MODEL: givenModel,
    OPENAI_ASSISTANT_ID: assistantId,
  } = variables;
  const isOpenai = baseURL === undefined || new URL(baseURL).host === new URL(openaiBaseURL).host;
  const model = givenModel ?? (isOpenai ? cheapModel : undefined);
  return {
    kind: 'server',
    apiKey,
    baseURL: baseURL ?? openaiBaseURL,
    providers: [],
    ...(webhookSecret === undefined ? {} : { webhookSecret }),
    ...(provider === undefined ? {} : { provider }),
    ...(model === undefined ? {} : { model }),
    ...(assistantId === undefined ? {} : { assistantId }),
  };
}
