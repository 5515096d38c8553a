import { mkdtemp, rm } from 'node:fs/promises';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { readClientConfiguration } from '../client/configuration.ts';
import { connectToTemporal } from '../client/connect.ts';
import { webhookPath } from '../config/webhookPath.ts';
import { readStartConfiguration } from '../scripts/start/configuration.ts';
import { startStack, type Stack } from '../scripts/start/stack.ts';
import { findFreePort } from '../scripts/temporal/ports.ts';
import { progress } from './load/progress.ts';

/** Everything that `npm start` starts, on ports of its own, with the simulator in OpenAI's place. */
export interface BenchStack extends Stack {
  readonly openaiBaseURL: string;
  /** Where the bridge takes webhooks, and what they are signed with. */
  readonly webhookUrl: string;
  readonly webhookSecret: string;
  readonly temporalAddress: string;
  readonly client: Client;
}

/** Where the development server of Temporal keeps what it knows: `npm start` has it in a file. */
export type Database = 'file' | 'memory';

/**
 * Plays against a stack of its own, which is stopped afterwards and leaves nothing behind: also when the play fails, a part of the stack
 * ends by itself, or somebody presses Ctrl-C.
 */
export async function withBenchStack(
  database: Database,
  play: (stack: BenchStack) => Promise<void>,
): Promise<void> {
  const stateFolder = await mkdtemp(path.join(tmpdir(), 'durable-runs-bench-'));
  const interrupted = new Promise<'interrupted'>((resolve) => {
    // For good: once nobody listens any more, a signal ends this process before what it has started.
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(name, () => resolve('interrupted'));
  });
  const stack = await Promise.race([startBenchStack(stateFolder, database), interrupted]);
  if (stack === 'interrupted') {
    // What has been started ends with this process.
    process.once('exit', () => rmSync(stateFolder, { recursive: true, force: true }));
    process.exit(130);
  }
  let ended: 'done' | 'interrupted' | undefined;
  try {
    const broken = stack.broken.then((message) => {
      throw new Error(message);
    });
    ended = await Promise.race([play(stack).then(() => 'done' as const), broken, interrupted]);
  } finally {
    await stack.client.connection.close();
    await stack.stop();
    await rm(stateFolder, { recursive: true, force: true });
  }
  // What is still under way asks servers that are gone.
  if (ended === 'interrupted') process.exit(130);
}

/** @param stateFolder for the processes' logs, and Temporal's database if it is a file */
async function startBenchStack(stateFolder: string, database: Database): Promise<BenchStack> {
  const given = readStartConfiguration({
    TEMPORAL_PORT: String(await findFreePort()),
    TEMPORAL_UI_PORT: String(await findFreePort()),
    SIMULATOR_PORT: String(await findFreePort()),
    BRIDGE_PORT: String(await findFreePort()),
    DURABLE_RUNS_STATE_DIR: stateFolder,
  });
  // A file is written to the disk at every step of every run, one after the other: that would measure the disk.
  const configuration = database === 'memory' ? { ...given, databaseFile: undefined } : given;
  const stack = await startStack(configuration, progress);
  const { openai, bridgePort } = configuration;
  const { temporal, payloadKeys } = readClientConfiguration(stack.environment);
  return {
    ...stack,
    temporalAddress: temporal.address,
    client: await connectToTemporal(temporal, payloadKeys),
    openaiBaseURL: openai.baseURL,
    webhookUrl: `http://127.0.0.1:${bridgePort}${webhookPath}`,
    webhookSecret: openai.webhookSecret ?? '',
  };
}
