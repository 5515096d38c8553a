import path from 'node:path';
import { webhookPath } from '../../config/webhookPath.ts';
import { findTemporalExecutable } from '../temporal/executable.ts';
import { assertPortFree } from '../temporal/ports.ts';
import { startTemporalServer, type TemporalServer } from '../temporal/server.ts';
import type { StartConfiguration } from './configuration.ts';
import { buildEnvironment } from './environment.ts';
import { isReadyMessage, startProcess, type StartedProcess } from './process.ts';

/** Everything that `npm start` has started. */
export interface Stack {
  /** undefined when the Temporal server is not ours. */
  readonly uiUrl: string | undefined;
  /** Environment for other processes that are to reach this stack. */
  readonly environment: NodeJS.ProcessEnv;
  /** What was started, in this order. */
  readonly processes: readonly { readonly name: string; readonly pid: number }[];
  /** Resolves with a message when a part of the stack has ended by itself. */
  readonly broken: Promise<string>;
  /** Stops all parts, in the order in which they need each other. */
  stop(): Promise<void>;
}

/** Starts Temporal, the simulator, the worker and the bridge; what has been started is stopped again when one fails. */
export async function startStack(
  configuration: StartConfiguration,
  say: (line: string) => void,
): Promise<Stack> {
  const parts: Pick<StartedProcess, 'name' | 'pid' | 'exited' | 'stop'>[] = [];
  const stop = async (): Promise<void> => {
    for (const part of parts.toReversed()) await part.stop();
  };
  try {
    await checkPorts(configuration);
    const temporal = await startTemporal(configuration);
    if (temporal !== undefined) {
      parts.push({
        name: 'Temporal server',
        pid: temporal.pid,
        exited: temporal.exited.then(() => undefined),
        stop: temporal.stop,
      });
      say(`Temporal     ${temporal.address}, Web UI ${temporal.uiUrl}`);
    }
    const temporalAddress = temporal?.address ?? configuration.temporalAddress ?? '';
    const environment = buildEnvironment(process.env, configuration, temporalAddress, temporal?.uiUrl);
    for (const start of processesOf(configuration, environment)) {
      const started = await start();
      parts.push(started);
      say(
        `${started.name.padEnd(12)} pid ${started.pid}, log ${path.relative(process.cwd(), started.logFile)}`,
      );
    }
    return {
      uiUrl: temporal?.uiUrl,
      environment,
      processes: parts.map(({ name, pid }) => ({ name, pid })),
      broken: Promise.race(
        parts.map(({ name, exited }) => exited.then(() => `The ${name} has ended by itself.`)),
      ),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** All ports before anything is started, so that nothing has to be taken back. */
async function checkPorts({
  openai,
  simulatorPort,
  bridgePort,
  encryption,
}: StartConfiguration): Promise<void> {
  const host = '127.0.0.1';
  if (openai.kind === 'simulator')
    await assertPortFree({ host, port: simulatorPort, neededBy: 'the simulator', setting: 'SIMULATOR_PORT' });
  if (openai.webhookSecret !== undefined)
    await assertPortFree({ host, port: bridgePort, neededBy: 'the bridge', setting: 'BRIDGE_PORT' });
  if (encryption !== undefined)
    await assertPortFree({
      host,
      port: encryption.codecPort,
      neededBy: 'the codec endpoint',
      setting: 'CODEC_PORT',
    });
}

async function startTemporal(configuration: StartConfiguration): Promise<TemporalServer | undefined> {
  if (configuration.temporalAddress !== undefined) return undefined;
  const { encryption } = configuration;
  const { path: executablePath } = await findTemporalExecutable();
  return startTemporalServer({
    executablePath,
    port: configuration.temporalPort,
    uiPort: configuration.temporalUiPort,
    // The server fires timers up to a second late, to fire them together: on one machine there is nothing to save.
    extraArgs: [
      '--dynamic-config-value',
      'history.timerProcessorMaxTimeShift="5ms"',
      ...(encryption === undefined
        ? []
        : ['--ui-codec-endpoint', `http://127.0.0.1:${encryption.codecPort}`]),
    ],
    settingNames: { port: 'TEMPORAL_PORT', uiPort: 'TEMPORAL_UI_PORT' },
    ...(configuration.databaseFile === undefined ? {} : { dbFilename: configuration.databaseFile }),
    logFile: path.join(configuration.stateFolder, 'logs', 'temporal.log'),
  });
}

function processesOf(
  { openai, simulatorPort, bridgePort, temporalUiPort, encryption, stateFolder }: StartConfiguration,
  environment: NodeJS.ProcessEnv,
): (() => Promise<StartedProcess>)[] {
  const logFolder = path.join(stateFolder, 'logs');
  const simulator = () =>
    startProcess({
      logFolder,
      name: 'simulator',
      file: 'simulator/main.ts',
      // Slow enough for the difference between polling and webhooks to show.
      arguments: ['--queue-ms', '500', '--work-ms', '2500'],
      environment: {
        ...environment,
        PAYLOAD_ENCRYPTION_KEYS: '',
        SIMULATOR_PORT: String(simulatorPort),
        SIMULATOR_WEBHOOK_URL: `http://127.0.0.1:${bridgePort}${webhookPath}`,
        SIMULATOR_WEBHOOK_SECRET: openai.webhookSecret,
      },
      isReady: (line) => line.includes('listening'),
    });
  const worker = () =>
    startProcess({ logFolder, name: 'worker', file: 'worker/main.ts', environment, isReady: isReadyMessage });
  const bridge = () =>
    startProcess({ logFolder, name: 'bridge', file: 'bridge/main.ts', environment, isReady: isReadyMessage });
  const codec = () =>
    startProcess({
      logFolder,
      name: 'codec',
      file: 'codec/main.ts',
      environment: {
        ...environment,
        CODEC_HOST: '127.0.0.1',
        CODEC_PORT: String(encryption?.codecPort),
        CODEC_ORIGINS: `http://127.0.0.1:${temporalUiPort},http://localhost:${temporalUiPort}`,
        // The Web UI could not send one.
        CODEC_TOKENS: '',
      },
      isReady: isReadyMessage,
    });
  return [
    ...(openai.kind === 'simulator' ? [simulator] : []),
    worker,
    ...(openai.webhookSecret === undefined ? [] : [bridge]),
    ...(encryption === undefined ? [] : [codec]),
  ];
}
