import { Client, Connection } from '@temporalio/client';
import { createDataConverter } from '../codec/dataConverter.ts';
import type { PayloadKeys } from '../codec/payloadKeys.ts';
import { StartupError } from '../config/process.ts';
import { describeUnreachableTemporal, type TemporalConfiguration } from '../config/temporal.ts';
import { retriesUntilClosed } from '../config/temporalRetries.ts';

/**
 * Connects to Temporal. Close the client's connection when done.
 *
 * @param connectTimeoutMs how long to try; 3,000 by default
 * @throws {StartupError} that says what to do, when Temporal does not answer in that time
 */
export async function connectToTemporal(
  { connectionOptions, address, namespace }: TemporalConfiguration,
  payloadKeys: PayloadKeys,
  connectTimeoutMs = 3_000,
): Promise<Client> {
  try {
    const connection = await Connection.connect({
      ...connectionOptions,
      connectTimeout: connectTimeoutMs,
      interceptors: retriesUntilClosed,
    });
    return new Client({ connection, namespace, dataConverter: createDataConverter(payloadKeys) });
  } catch (error) {
    throw new StartupError(describeUnreachableTemporal(address, error));
  }
}
