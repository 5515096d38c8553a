import { readStartConfiguration } from '../scripts/start/configuration.ts';
import { startStack, type Stack } from '../scripts/start/stack.ts';
import { findFreePort } from '../scripts/temporal/ports.ts';

/** Everything that `npm start` starts, on ports of its own, with the simulator in OpenAI's place. */
export interface BenchStack extends Stack {
  readonly openaiBaseURL: string;
}

/** @param stateFolder for Temporal's database and the processes' logs */
export async function startBenchStack(stateFolder: string, say: (line: string) => void): Promise<BenchStack> {
  const configuration = readStartConfiguration({
    TEMPORAL_PORT: String(await findFreePort()),
    TEMPORAL_UI_PORT: String(await findFreePort()),
    SIMULATOR_PORT: String(await findFreePort()),
    BRIDGE_PORT: String(await findFreePort()),
    DURABLE_RUNS_STATE_DIR: stateFolder,
  });
  const stack = await startStack(configuration, say);
  return { ...stack, openaiBaseURL: configuration.openai.baseURL };
}
