import type { Environment } from '../../config/environment.ts';
import { readClientConfiguration, type ClientConfiguration } from '../configuration.ts';
import { connectToTemporal } from '../connect.ts';
import type { ExitCode } from '../exitCodes.ts';
import type { Output } from '../output/output.ts';
import { RunsClient } from '../runsClient.ts';

/** What every command is given. */
export interface CommandContext {
  readonly environment: Environment;
  readonly output: Output;
  readonly stdin: AsyncIterable<string | Buffer>;
  /** Makes an action of a command's work: its exit code becomes the process's. */
  action<Arguments extends unknown[]>(
    work: (...given: Arguments) => Promise<ExitCode>,
  ): (...given: Arguments) => Promise<void>;
}

export interface Connected {
  readonly runs: RunsClient;
  readonly configuration: ClientConfiguration;
}

/** Does some work with a connection to Temporal, and closes it. */
export async function withRuns<Result>(
  { environment }: CommandContext,
  work: (connected: Connected) => Promise<Result>,
): Promise<Result> {
  const configuration = readClientConfiguration(environment);
  const client = await connectToTemporal(configuration.temporal, configuration.payloadKeys);
  try {
    const runs = new RunsClient(client, { taskQueue: configuration.taskQueue });
    return await work({ runs, configuration });
  } finally {
    await client.connection.close();
  }
}
