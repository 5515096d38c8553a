import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { StartConfiguration } from './configuration.ts';

/**
 * The environment of what `npm start` starts: what was given to it, without what is meant for another Temporal or another OpenAI than those
 * that it starts itself.
 *
 * @param address where Temporal is
 * @param uiUrl its Web UI, when it is ours
 */
export function buildEnvironment(
  given: NodeJS.ProcessEnv,
  { temporalAddress, openai, bridgePort, encryption, stateFolder }: StartConfiguration,
  address: string,
  uiUrl: string | undefined,
): NodeJS.ProcessEnv {
  // No account of the user's has anything to do with the simulator.
  const inherited = openai.kind === 'simulator' ? without(given, 'OPENAI_') : given;
  return {
    ...(temporalAddress === undefined ? withoutTemporal(inherited, stateFolder) : inherited),
    TEMPORAL_ADDRESS: address,
    ...(uiUrl === undefined ? {} : { TEMPORAL_UI_URL: uiUrl }),
    OPENAI_API_KEY: openai.apiKey,
    OPENAI_BASE_URL: openai.baseURL,
    OPENAI_WEBHOOK_SECRET: openai.webhookSecret ?? '',
    OPENAI_PROVIDER: openai.provider ?? '',
    OPENAI_MODEL: openai.model ?? '',
    OPENAI_ASSISTANT_ID: openai.assistantId ?? '',
    BRIDGE_PORT: String(bridgePort),
    PAYLOAD_ENCRYPTION_KEYS: encryption?.keys ?? '',
    // Their logs say when they are ready.
    LOG_LEVEL: 'info',
    LOG_FORMAT: 'json',
  };
}

/**
 * A server of ours wants none of the user's profiles, certificates and keys. Nor does it know their deployments: a versioned worker would get
 * nothing to do there, for nobody makes its build current.
 */
function withoutTemporal(environment: NodeJS.ProcessEnv, stateFolder: string): NodeJS.ProcessEnv {
  const emptyFile = path.join(stateFolder, 'temporal.toml');
  mkdirSync(stateFolder, { recursive: true });
  writeFileSync(emptyFile, '[profile.default]\n');
  return { ...without(environment, 'TEMPORAL_', 'WORKER_'), TEMPORAL_CONFIG_FILE: emptyFile };
}

function without(environment: NodeJS.ProcessEnv, ...prefixes: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !prefixes.some((prefix) => name.startsWith(prefix))),
  );
}
