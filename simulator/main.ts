#!/usr/bin/env node
import { pino } from 'pino';
import { createCommand } from './flags.ts';
import type { Flags } from './flags.ts';
import type { SimulatorOptions } from './options.ts';
import { startSimulator } from './start.ts';

// The simulator as a process. Exit codes: 0 stopped, 1 a defect, 2 usage, or the address is not to be had.

const USAGE_ERROR = 2;

const command = createCommand().exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : USAGE_ERROR));

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

function toOptions({ apiKey, webhookUrl, webhookSecret, logLevel, ...rest }: Flags): SimulatorOptions {
  if (webhookUrl !== undefined && !webhookSecret) {
    fail('--webhook-url needs a secret to sign with: set SIMULATOR_WEBHOOK_SECRET (or --webhook-secret).');
  }
  return {
    ...rest,
    apiKeys: apiKey,
    logger: pino({ level: logLevel, name: 'simulator' }, pino.destination(2)),
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
