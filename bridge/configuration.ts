import * as z from 'zod';
import { readAccounts } from '../config/accounts.ts';
import { payloadKeysVariables, type PayloadKeys } from '../codec/payloadKeys.ts';
import {
  countVariable,
  portVariable,
  readBoth,
  readEnvironment,
  type Environment,
} from '../config/environment.ts';
import { processVariables, toLogSettings, type LogSettings } from '../config/process.ts';
import { readTemporalConfiguration, type TemporalConfiguration } from '../config/temporal.ts';
import type { Account } from '../providers/account.ts';
import { providerNames } from '../providers/registry.ts';
import { defaultLimits, type BridgeLimits } from './limits.ts';
import { proxiesVariable } from './proxies.ts';

const schema = z.object({
  ...processVariables,
  ...payloadKeysVariables,
  BRIDGE_HOST: z.string().default('127.0.0.1'),
  BRIDGE_PORT: portVariable(8088),
  BRIDGE_MAX_CONNECTIONS: countVariable(defaultLimits.connections),
  BRIDGE_MAX_DELIVERIES: countVariable(defaultLimits.deliveries),
  BRIDGE_TRUSTED_PROXIES: proxiesVariable,
});

export interface BridgeConfiguration {
  readonly temporal: TemporalConfiguration;
  /** One of them at least has a webhook secret. */
  readonly accounts: readonly Account[];
  readonly payloadKeys: PayloadKeys;
  readonly host: string;
  readonly port: number;
  readonly limits: Pick<BridgeLimits, 'connections' | 'deliveries'>;
  readonly trustedProxies: readonly string[];
  readonly log: LogSettings;
}

/** Reads the bridge's configuration; throws a ConfigurationError with everything that is wrong with it. */
export function readBridgeConfiguration(environment: Environment): BridgeConfiguration {
  const [[accounts, variables], temporal] = readBoth(
    () =>
      readBoth(
        () => readAccounts(environment, { providerNames, needsWebhookSecret: true }),
        () => readEnvironment(schema, environment),
      ),
    () => readTemporalConfiguration(environment),
  );
  return {
    temporal,
    accounts,
    payloadKeys: variables.PAYLOAD_ENCRYPTION_KEYS,
    host: variables.BRIDGE_HOST,
    port: variables.BRIDGE_PORT,
    limits: {
      connections: variables.BRIDGE_MAX_CONNECTIONS,
      deliveries: variables.BRIDGE_MAX_DELIVERIES,
    },
    trustedProxies: variables.BRIDGE_TRUSTED_PROXIES,
    log: toLogSettings(variables),
  };
}
