import * as z from 'zod';
import { portVariable, readBoth, readEnvironment, type Environment } from '../config/environment.ts';
import { openaiVariables, toAccount } from '../config/openai.ts';
import { processVariables, toLogSettings, type LogSettings } from '../config/process.ts';
import { readTemporalConfiguration, type TemporalConfiguration } from '../config/temporal.ts';
import type { Account } from '../providers/account.ts';

const schema = z.object({
  ...openaiVariables,
  ...processVariables,
  OPENAI_WEBHOOK_SECRET: openaiVariables.OPENAI_WEBHOOK_SECRET.unwrap(),
  BRIDGE_HOST: z.string().default('127.0.0.1'),
  BRIDGE_PORT: portVariable(8088),
});

export interface BridgeConfiguration {
  readonly temporal: TemporalConfiguration;
  readonly account: Account;
  readonly host: string;
  readonly port: number;
  readonly log: LogSettings;
}

/** Reads the bridge's configuration; throws a ConfigurationError with everything that is wrong with it. */
export function readBridgeConfiguration(environment: Environment): BridgeConfiguration {
  const [variables, temporal] = readBoth(
    () => readEnvironment(schema, environment),
    () => readTemporalConfiguration(environment),
  );
  return {
    temporal,
    account: toAccount(variables),
    host: variables.BRIDGE_HOST,
    port: variables.BRIDGE_PORT,
    log: toLogSettings(variables),
  };
}
