#!/usr/bin/env node
import { Command, InvalidArgumentError, Option } from 'commander';
import { pino } from 'pino';
import { startSimulator } from './start.ts';
import type { SimulatorOptions } from './options.ts';

// The simulator as a process. Exit codes: 0 stopped, 1 a defect, 2 usage, or the address is not to be had.

interface Flags {
  port: number;
  host: string;
  apiKey: string[];
  webhookUrl?: string;
  webhookSecret?: string;
  timeScale: number;
  queueMs?: number;
  workMs?: number;
  logLevel: string;
}

const USAGE_ERROR = 2;

const command = new Command('simulator')
  .description('An OpenAI-compatible server for use without a key.')
  .addOption(
    new Option('--port <number>', 'port to listen on, 0 for any')
      .env('SIMULATOR_PORT')
      .default(4010)
      .argParser(readPort),
  )
  .addOption(
    new Option('--host <address>', 'address to listen on').env('SIMULATOR_HOST').default('127.0.0.1'),
  )
  .addOption(
    new Option('--api-key <key...>', 'key that is accepted; repeatable, separated by commas in the variable')
      .env('SIMULATOR_API_KEY')
      .default(['sk-simulator'])
      .argParser(collectKeys()),
  )
  .addOption(
    new Option('--webhook-url <url>', 'where webhooks are sent')
      .env('SIMULATOR_WEBHOOK_URL')
      .argParser(readUrl),
  )
  .addOption(
    new Option('--webhook-secret <secret>', 'what they are signed with; better given by its variable').env(
      'SIMULATOR_WEBHOOK_SECRET',
    ),
  )
  .addOption(
    new Option('--time-scale <factor>', 'simulated seconds in a real one')
      .env('SIMULATOR_TIME_SCALE')
      .default(1)
      .argParser(readFactor),
  )
  .addOption(
    new Option('--queue-ms <ms>', 'how long a run is queued').env('SIMULATOR_QUEUE_MS').argParser(readMs),
  )
  .addOption(new Option('--work-ms <ms>', 'how long a run works').env('SIMULATOR_WORK_MS').argParser(readMs))
  .addOption(
    new Option('--log-level <level>', 'of the messages on stderr')
      .env('SIMULATOR_LOG_LEVEL')
      .choices(['debug', 'info', 'warn', 'error', 'silent'])
      .default('warn'),
  )
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : USAGE_ERROR));

await run(command.parse().opts<Flags>());

async function run(flags: Flags): Promise<void> {
  const options = toOptions(flags);
  try {
    const simulator = await startSimulator(options);
    process.stdout.write(
      `Simulator listening on ${simulator.baseURL} (log and control: ${simulator.url}/_simulator)\n`,
    );
    const stop = (): void => void simulator.close().then(() => process.exit(0));
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
  } catch (error) {
    fail(explainStart(error, flags));
  }
}

function toOptions(flags: Flags): SimulatorOptions {
  const { webhookUrl, webhookSecret } = flags;
  if (webhookUrl !== undefined && !webhookSecret) {
    fail('--webhook-url needs a secret to sign with: set SIMULATOR_WEBHOOK_SECRET (or --webhook-secret).');
  }
  return {
    port: flags.port,
    host: flags.host,
    apiKeys: flags.apiKey,
    timeScale: flags.timeScale,
    logger: pino({ level: flags.logLevel, name: 'simulator' }, pino.destination(2)),
    ...(flags.queueMs === undefined ? {} : { queueMs: flags.queueMs }),
    ...(flags.workMs === undefined ? {} : { workMs: flags.workMs }),
    ...(webhookUrl !== undefined && webhookSecret
      ? { webhooks: [{ url: webhookUrl, secret: webhookSecret }] }
      : {}),
  };
}

function explainStart(error: unknown, { host, port }: Flags): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is in use. Stop what uses it, or choose another: --port 4011 or SIMULATOR_PORT=4011.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `Cannot listen on ${host}: not an address of this machine. Set --host or SIMULATOR_HOST.`;
    case 'EACCES':
      return `Not allowed to listen on port ${port}. Choose one above 1023: --port 4010.`;
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

function fail(message: string): never {
  process.stderr.write(`simulator: ${message}\n`);
  process.exit(USAGE_ERROR);
}

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError(`Expected a port, 0 to 65535, got '${text}'.`);
}

function readMs(text: string): number {
  const ms = Number(text);
  if (text.trim() !== '' && Number.isFinite(ms) && ms >= 0) return ms;
  throw new InvalidArgumentError(`Expected milliseconds, 0 or more, got '${text}'.`);
}

function readFactor(text: string): number {
  const factor = Number(text);
  if (Number.isFinite(factor) && factor > 0) return factor;
  throw new InvalidArgumentError(`Expected a number above 0, got '${text}'.`);
}

function readUrl(text: string): string {
  if (URL.canParse(text) && /^https?:/.test(text)) return text;
  throw new InvalidArgumentError(`Expected an http or https URL, got '${text}'.`);
}

/** The first key given replaces the default, later ones join it. */
function collectKeys(): (text: string) => string[] {
  const keys: string[] = [];
  return (text) => {
    keys.push(...text.split(',').filter((key) => key !== ''));
    return [...keys];
  };
}
