import { once } from 'node:events';
import { createServer } from 'node:net';
import { readStartConfiguration } from '../scripts/start/configuration.ts';
import { startStack, type Stack } from '../scripts/start/stack.ts';

/** Everything that `npm start` starts, on ports of its own, with the simulator in OpenAI's place. */
export interface BenchStack extends Stack {
  readonly openaiBaseURL: string;
}

/** @param stateFolder for Temporal's database and the processes' logs */
export async function startBenchStack(stateFolder: string, say: (line: string) => void): Promise<BenchStack> {
  const configuration = readStartConfiguration({
    TEMPORAL_PORT: await findFreePort(),
    TEMPORAL_UI_PORT: await findFreePort(),
    SIMULATOR_PORT: await findFreePort(),
    BRIDGE_PORT: await findFreePort(),
    DURABLE_RUNS_STATE_DIR: stateFolder,
  });
  const stack = await startStack(configuration, say);
  return { ...stack, openaiBaseURL: configuration.openai.baseURL };
}

async function findFreePort(): Promise<string> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('The system gave no port.');
  return String(address.port);
}
