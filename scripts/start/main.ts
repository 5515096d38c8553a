import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import { linkToRun, readClientConfiguration, type ClientConfiguration } from '../../client/configuration.ts';
import { connectToTemporal } from '../../client/connect.ts';
import { RunsClient } from '../../client/index.ts';
import { exitCodes, runMain, StartupError } from '../../config/process.ts';
import { TemporalExecutableError } from '../temporal/errors.ts';
import { PortUnavailableError } from '../temporal/ports.ts';
import { TemporalServerError } from '../temporal/server.ts';
import { readStartConfiguration, type StartConfiguration } from './configuration.ts';
import { formatCosts } from './costTable.ts';
import { buildScenes, buildSimulatorScenes, playScene, type PlayedScene } from './showcase.ts';
import { SimulatorControl } from './simulatorControl.ts';
import { startStack, type Stack } from './stack.ts';

/** One Ctrl-C may arrive twice, from the terminal and from npm. */
const repeatedSignalMs = 1_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const command = new Command('npm start --')
  .description('Starts Temporal, the simulator, a worker and the bridge, and shows what runs cost.')
  .argument('[prompt]', 'run this instead of the showcase')
  .option('--once', 'exit when the runs are done; without a terminal that is the default')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : exitCodes.usage))
  .parse();
const [prompt] = command.args;
const once = command.opts<{ once?: boolean }>().once === true || !process.stdin.isTTY;

await runMain(async () => {
  if (prompt?.trim() === '') throw new StartupError('The prompt is empty: expected the text of a message.');
  const configuration = readStartConfiguration(process.env);
  const { openai } = configuration;
  say(
    openai.kind === 'simulator'
      ? `No OPENAI_API_KEY is set: runs go to the simulator, ${openai.baseURL}.`
      : `OPENAI_API_KEY is set: runs go to ${openai.baseURL}, and nowhere else, and are paid for there` +
          `${openai.model === undefined ? '' : ` (model ${openai.model}; OPENAI_MODEL names another)`}.`,
  );

  const interrupted = waitForSignal();
  const left = new AbortController();
  const stack = await Promise.race([startOrExplain(configuration), interrupted]);
  // While things are being started there is nothing to finish: what has been started ends with this process.
  if (typeof stack === 'string') process.exit(130);
  let ended: boolean | undefined;
  try {
    ended = await Promise.race([
      show(configuration, stack, left.signal),
      stack.broken.then(fail),
      interrupted.then(() => undefined),
    ]);
    if (ended === false) process.exitCode = exitCodes.failed;
    if (ended !== undefined && !once) {
      sayWhatNext(stack);
      await Promise.race([interrupted, stack.broken.then(fail)]);
    }
  } finally {
    say('Stopping.');
    left.abort();
    await stack.stop();
  }
  // Interrupted in the middle: what is still asking the server, which is gone now, would go on asking for a while.
  if (ended === undefined) process.exit(130);
});

async function startOrExplain(configuration: StartConfiguration): Promise<Stack> {
  try {
    return await startStack(configuration, say);
  } catch (error) {
    if (error instanceof Error && isExplained(error)) throw new StartupError(error.message);
    throw error;
  }
}

/** Errors that say to a person what is wrong: those of our own parts, and the system's about files. */
function isExplained(error: Error): boolean {
  return (
    error instanceof PortUnavailableError ||
    error instanceof TemporalExecutableError ||
    error instanceof TemporalServerError ||
    'syscall' in error
  );
}

/** Plays all scenes side by side; false when one did not end as it should. */
async function show(configuration: StartConfiguration, stack: Stack, signal: AbortSignal): Promise<boolean> {
  const { openai } = configuration;
  const clientConfiguration = readClientConfiguration(stack.environment);
  const client = await connectToTemporal(clientConfiguration.temporal, clientConfiguration.payloadKeys);
  try {
    const runs = new RunsClient(client, { taskQueue: clientConfiguration.taskQueue });
    const simulator = openai.kind === 'simulator' ? new SimulatorControl(openai.baseURL) : undefined;
    const scenes =
      simulator !== undefined && prompt === undefined
        ? buildSimulatorScenes(openai.providers)
        : buildScenes(prompt, openai.webhookSecret !== undefined);

    say(`\nRunning ${scenes.length === 1 ? 'one run' : `${scenes.length} runs side by side`} …`);
    const showId = randomUUID().slice(0, 8);
    const played = await Promise.all(
      scenes.map(async (scene, index) => {
        const result = await playScene(scene, `showcase-${showId}-${index + 1}`, runs, simulator, signal);
        const { status, provider, id } = result.result;
        say(`  ${status.padEnd(10)} ${provider.padEnd(10)} ${scene.title} (${id})`);
        return result;
      }),
    );
    say(`\n${formatCosts(played)}`);
    sayLinks(clientConfiguration, played);
    return played.every(({ asExpected }) => asExpected);
  } finally {
    await client.connection.close();
  }
}

function sayLinks(configuration: ClientConfiguration, played: readonly PlayedScene[]): void {
  const links = played
    .map(({ result }) => linkToRun(configuration, result.id))
    .filter((link) => link !== null);
  if (links.length > 0) say(`\nTheir stories in the Web UI:\n${links.map((link) => `  ${link}`).join('\n')}`);
}

function sayWhatNext({ uiUrl, environment }: Stack): void {
  const address = environment['TEMPORAL_ADDRESS'] ?? '';
  const isUsual = address === '127.0.0.1:7233' || address === 'localhost:7233';
  const runs = `${isUsual ? '' : `TEMPORAL_ADDRESS=${address} `}npm run runs --`;
  say(
    [
      '',
      'It stays up. In another terminal:',
      `  ${runs} start --input "What is 6*7?" --wait`,
      `  ${runs} start --input "What is the weather in Paris and in Rome?" --tool get_weather --mode webhook`,
      `  ${runs} list`,
      ...(uiUrl === undefined ? [] : [`Web UI: ${uiUrl}`]),
      'Ctrl-C stops everything.',
    ].join('\n'),
  );
}

function fail(message: string): never {
  throw new StartupError(message);
}

function waitForSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let firstMs: number | undefined;
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(name, () => {
        // Who asks again is in a hurry.
        if (firstMs !== undefined && performance.now() - firstMs > repeatedSignalMs) process.exit(130);
        firstMs ??= performance.now();
        resolve(name);
      });
    }
  });
}
