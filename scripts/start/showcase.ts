import { RunNotCompletedError, type RunsClient } from '../../client/index.ts';
import type { RunInput } from '../../core/input.ts';
import type { RunResult, RunStatus } from '../../core/result.ts';
import { demonstrationTools } from '../../tools/demonstration.ts';
import type { SimulatorControl } from './simulatorControl.ts';

/** One run that is shown. */
export interface Scene {
  readonly title: string;
  readonly input: RunInput;
  /** No webhook is delivered for it. */
  readonly withoutWebhooks?: boolean;
  readonly expectedStatus?: RunStatus;
}

/** A scene that has been played. */
export interface PlayedScene {
  readonly title: string;
  readonly result: RunResult;
  readonly asExpected: boolean;
  /** Time from the provider's completion to the run's knowing of it; null where that cannot be measured. */
  readonly learntAfterMs: number | null;
}

const question = 'What is 2+2?';

/** What `npm start` shows against the simulator: the same with every provider. */
export function buildSimulatorScenes(providers: readonly string[]): readonly Scene[] {
  return providers.flatMap((provider) => [
    {
      title: 'A question, by polling',
      input: { provider, input: question, policy: { wait: { mode: 'polling' } } },
      withoutWebhooks: true,
    },
    {
      title: 'The same, by webhook',
      input: { provider, input: question, policy: { wait: { mode: 'webhook' } } },
    },
    {
      title: 'Parallel tools',
      input: {
        provider,
        input: 'Add 2 and 3, multiply 4 by 5 and get the weather in Paris',
        tools: demonstrationTools.map((tool) => tool.name),
        policy: { wait: { mode: 'webhook' } },
      },
    },
    {
      title: 'One that fails, restarted',
      input: {
        provider,
        input: question,
        request: {
          metadata: {
            simulator: JSON.stringify({
              by: 'durable_run_id',
              attempts: [{ error: { code: 'server_error' } }, {}],
            }),
          },
        },
        policy: { wait: { mode: 'webhook' } },
      },
    },
  ]);
}

/** A prompt of the user's own, or what is shown against a server that is not the simulator. */
export function buildScenes(prompt: string | undefined, hasWebhooks: boolean): readonly Scene[] {
  const policy = { wait: { mode: hasWebhooks ? ('webhook' as const) : ('polling' as const) } };
  if (prompt !== undefined) {
    const tools = demonstrationTools.map((tool) => tool.name);
    return [{ title: 'Your prompt', input: { input: prompt, tools, policy } }];
  }
  return [{ title: 'A question', input: { input: question, policy } }];
}

/** Starts one scene's run and waits for its end. */
export async function playScene(
  { title, input, withoutWebhooks, expectedStatus = 'completed' }: Scene,
  id: string,
  runs: RunsClient,
  simulator: SimulatorControl | undefined,
  signal: AbortSignal,
): Promise<PlayedScene> {
  if (withoutWebhooks) await simulator?.loseWebhooks(id);
  const handle = await runs.start(input, { id });
  const result = await readResult(handle.result({ signal }));
  const endMs = await simulator?.readEndMs(id);
  return {
    title,
    result,
    asExpected: result.status === expectedStatus,
    learntAfterMs: endMs === undefined ? null : result.timings.endedAtMs - endMs,
  };
}

async function readResult(pending: Promise<RunResult>): Promise<RunResult> {
  try {
    return await pending;
  } catch (error) {
    if (error instanceof RunNotCompletedError && error.result !== null) return error.result;
    throw error;
  }
}
