import { loadClientConnectConfig } from '@temporalio/envconfig';
import { ConfigurationError, readVariable, type Environment } from './environment.ts';

type ConnectConfig = ReturnType<typeof loadClientConnectConfig>;

export interface TemporalConfiguration {
  /** For `Connection.connect` and `NativeConnection.connect`. */
  readonly connectionOptions: ConnectConfig['connectionOptions'];
  readonly address: string;
  readonly namespace: string;
}

/**
 * Where Temporal is: the standard `TEMPORAL_*` variables, and profiles in Temporal's own configuration file. An empty variable counts
 * as not set.
 */
export function readTemporalConfiguration(environment: Environment): TemporalConfiguration {
  const profile = readVariable(environment, 'TEMPORAL_PROFILE') ?? '';
  // Temporal's reader would find something under these names in any configuration, and write into what all objects have.
  if (profile in {}) {
    throw new ConfigurationError([
      `TEMPORAL_PROFILE: expected the name of a profile in Temporal's configuration file; got '${profile}'`,
    ]);
  }
  let config: ConnectConfig;
  try {
    const overrideEnvVars = Object.fromEntries(
      Object.entries(environment).flatMap(([name, value]) =>
        value === undefined || value === '' ? [] : [[name, value]],
      ),
    );
    config = loadClientConnectConfig({ overrideEnvVars });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError([
      `TEMPORAL_*: Temporal's client configuration could not be read: ${reason}`,
    ]);
  }
  const { connectionOptions, namespace } = config;
  return {
    connectionOptions,
    address: connectionOptions.address ?? 'localhost:7233',
    namespace: namespace ?? 'default',
  };
}

/** What to tell a person when no connection could be made. */
export function describeUnreachableTemporal(address: string, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return (
    `Temporal could not be reached at ${address}: ${reason}. ` +
    `Start it (npm start does), or point TEMPORAL_ADDRESS to where it runs.`
  );
}
