import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { connectToTemporal } from '../../client/connect.ts';
import { noPayloadKeys } from '../../codec/payloadKeys.ts';
import { readTemporalConfiguration } from '../../config/temporal.ts';
import { webhookPath } from '../../config/webhookPath.ts';
import { root } from '../../scripts/start/configuration.ts';
import { isReadyMessage, startProcess, type StartedProcess } from '../../scripts/start/process.ts';
import { findTemporalExecutable } from '../../scripts/temporal/executable.ts';
import { findFreePort } from '../../scripts/temporal/ports.ts';
import { SIMULATOR_ASSISTANT_ID, SIMULATOR_MODEL } from '../../simulator/index.ts';
import type { Random } from '../random.ts';
import { counterVariable } from '../toolProtocol.ts';
import { Builds } from './builds.ts';
import { Counter } from './counter.ts';
import { Fleet } from './fleet.ts';
import { openLinks, type Links } from './links.ts';
import { makeSecrets, type Secrets } from './secrets.ts';
import { SimulatorControl } from './simulatorControl.ts';
import { RestartableTemporal } from './temporal.ts';

const workerCount = 3;
const bridgeCount = 2;

/** Everything that a campaign plays with: real processes, and the network between them. */
export interface Stage {
  /** Straight to Temporal: what gathers evidence depends on no link. */
  readonly client: Client;
  /** By way of the network that is broken, as everybody else: the clients of those who start runs. */
  readonly userClient: Client;
  readonly workers: Fleet;
  readonly bridges: Fleet;
  readonly temporal: RestartableTemporal;
  readonly links: Links;
  readonly simulator: SimulatorControl;
  readonly counter: Counter;
  readonly secrets: Secrets;
  /** Where webhooks go: to one bridge after the other. */
  readonly webhookUrl: string;
  readonly logFolder: string;
  /** Puts workers of a next build in the place of all, one after the other; runs under way go over to it. */
  deploy(): Promise<void>;
  /** Gives the webhook endpoint a new secret beside the old one, and restarts one bridge after the other with both. */
  rotateWebhookSecret(): Promise<void>;
  stop(): Promise<void>;
}

export interface StageOptions {
  /** Database, logs and reports. */
  readonly folder: string;
  readonly random: Random;
  /** Ends what the stage still asks for. */
  readonly ended: AbortSignal;
  /** A folder with other sources for workers and bridges; by default the project's own. */
  readonly sources?: string;
}

/** Starts it all. */
export async function startStage({ folder, random, ended, sources = root }: StageOptions): Promise<Stage> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0).toReversed()) await each();
  };
  const logFolder = path.join(folder, 'logs');
  try {
    const temporal = await RestartableTemporal.start({
      executablePath: (await findTemporalExecutable()).path,
      port: await findFreePort(),
      uiPort: await findFreePort(),
      dbFilename: path.join(folder, 'temporal.db'),
      logFile: path.join(logFolder, 'temporal.log'),
    });
    stops.push(() => temporal.stop());
    const secrets = makeSecrets(random);
    const simulatorPort = await findFreePort();
    const simulatorProcess = await startSimulator(simulatorPort, secrets.apiKey, random, logFolder);
    stops.push(() => simulatorProcess.stop());
    const counter = await Counter.start();
    stops.push(() => counter.stop());
    const bridgePorts: number[] = [];
    while (bridgePorts.length < bridgeCount) bridgePorts.push(await findFreePort());
    const links = await openLinks({
      temporal: temporal.port,
      simulator: simulatorPort,
      counter: counter.port,
      bridges: bridgePorts,
    });
    stops.push(() => links.close());

    const builds = await Builds.make(folder, sources);
    const configFile = path.join(folder, 'temporal.toml');
    writeFileSync(configFile, '[profile.default]\n');
    const environment = (from: 'worker' | 'bridge'): NodeJS.ProcessEnv => ({
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      // None of the user's profiles.
      TEMPORAL_CONFIG_FILE: configFile,
      TEMPORAL_ADDRESS: `127.0.0.1:${links[`${from}-temporal`].port}`,
      OPENAI_BASE_URL: `http://127.0.0.1:${links[`${from}-simulator`].port}/v1`,
      OPENAI_API_KEY: secrets.apiKey,
      OPENAI_MODEL: SIMULATOR_MODEL,
      OPENAI_ASSISTANT_ID: SIMULATOR_ASSISTANT_ID,
      LOG_FORMAT: 'json',
      // They are started again and again: what has been compiled once is loaded.
      NODE_COMPILE_CACHE: path.join(folder, 'compiled'),
    });
    const launch = (name: string, file: string, variables: NodeJS.ProcessEnv): Promise<StartedProcess> =>
      startProcess({
        name,
        file: path.relative(root, path.join(sources, file)),
        environment: variables,
        logFolder,
        isReady: isReadyMessage,
      });

    const workers = await Fleet.start(workerCount, (_slot, generation) =>
      launch(`worker-${generation}`, 'chaos/worker.ts', {
        ...environment('worker'),
        ...builds.environment,
        [counterVariable]: `http://127.0.0.1:${links['worker-counter'].port}`,
      }),
    );
    stops.push(() => workers.stop());
    const bridges = await Fleet.start(bridgeCount, (slot, generation) =>
      launch(`bridge-${generation}`, 'bridge/main.ts', {
        ...environment('bridge'),
        BRIDGE_PORT: String(bridgePorts[slot]),
        OPENAI_WEBHOOK_SECRET: secrets.webhook.slice(0, 2).join(','),
      }),
    );
    stops.push(() => bridges.stop());

    const simulator = new SimulatorControl(simulatorPort, secrets.apiKey, ended);
    const webhookUrl = `http://127.0.0.1:${links['simulator-bridge'].port}${webhookPath}`;
    const endpointId = await simulator.addWebhook(webhookUrl, secrets.webhook[0] ?? '');
    const connect = async (address: string): Promise<Client> => {
      const settings = { TEMPORAL_CONFIG_FILE: configFile, TEMPORAL_ADDRESS: address };
      const connected = await connectToTemporal(readTemporalConfiguration(settings), noPayloadKeys);
      stops.push(() => connected.connection.close());
      return connected;
    };
    const client = await connect(temporal.address);
    const userClient = await connect(`127.0.0.1:${links['client-temporal'].port}`);
    await builds.makeCurrent(client, ended);
    let deploying = Promise.resolve();
    const deploy = async (): Promise<void> => {
      builds.begin();
      for (let slot = 0; slot < workerCount; slot += 1) {
        await workers.restart(slot);
        // Its first worker does what there is to do while the others follow.
        if (slot === 0) await builds.makeCurrent(client, ended);
      }
    };
    return {
      client,
      userClient,
      workers,
      bridges,
      temporal,
      links,
      simulator,
      counter,
      secrets,
      webhookUrl,
      logFolder,
      deploy() {
        deploying = deploying.then(deploy);
        return deploying;
      },
      async rotateWebhookSecret() {
        secrets.webhook.unshift(await simulator.rotateSecret(endpointId));
        for (let slot = 0; slot < bridgeCount; slot += 1) await bridges.restart(slot);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function startSimulator(
  port: number,
  apiKey: string,
  random: Random,
  logFolder: string,
): Promise<StartedProcess> {
  return startProcess({
    name: 'simulator',
    file: 'simulator/main.ts',
    environment: {
      PATH: process.env['PATH'],
      SIMULATOR_API_KEY: apiKey,
      SIMULATOR_PORT: String(port),
      SIMULATOR_SEED: String(random.fork('simulator').integer(1, 1_000_000_000)),
      // It is the ground truth: it may forget nothing.
      SIMULATOR_MAX_OBJECTS: '1000000',
      SIMULATOR_MAX_LOG_ENTRIES: '5000000',
    },
    logFolder,
    isReady: (line) => line.startsWith('Simulator listening'),
  });
}
