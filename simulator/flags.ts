import { Command, InvalidArgumentError, Option } from 'commander';
import type { TimeMode } from './clock.ts';
import type { HttpWebhooks } from './options.ts';

/** The options of the process, as they are read from its arguments and environment. */
export interface Flags {
  port: number;
  host: string;
  apiKey: string[];
  webhookUrl?: string;
  webhookSecret?: string;
  httpWebhooks?: HttpWebhooks;
  time?: TimeMode;
  timeScale: number;
  seed?: string;
  queueMs?: number;
  workMs?: number;
  pollAfterMs?: number;
  requestsPerMinute?: number;
  tokensPerMinute?: number;
  sunset?: boolean;
  maxObjects?: number;
  maxLogEntries?: number;
  logLevel: string;
}

/** The command line; every option has a variable. */
export function createCommand(): Command {
  return new Command('simulator')
    .description('An OpenAI-compatible server for use without a key.')
    .addOption(numbered('--port <number>', 'port to listen on, 0 for any', 'PORT', readPort).default(4010))
    .addOption(option('--host <address>', 'address to listen on', 'HOST').default('127.0.0.1'))
    .addOption(
      option(
        '--api-key <key...>',
        'key that is accepted; repeatable, separated by commas in the variable',
        'API_KEY',
      )
        .default(['sk-simulator'])
        .argParser(collectKeys()),
    )
    .addOption(option('--webhook-url <url>', 'where webhooks are sent', 'WEBHOOK_URL').argParser(readUrl))
    .addOption(
      option(
        '--webhook-secret <secret>',
        'what they are signed with; better given by its variable',
        'WEBHOOK_SECRET',
      ),
    )
    .addOption(
      option(
        '--http-webhooks <which>',
        'which http: URLs the webhook endpoint API takes',
        'HTTP_WEBHOOKS',
      ).choices(['never', 'loopback', 'any']),
    )
    .addOption(
      option(
        '--time <mode>',
        'how time runs; stepped: only by POST /_simulator/time/advance',
        'TIME',
      ).choices(['real', 'scaled', 'stepped']),
    )
    .addOption(
      numbered('--time-scale <factor>', 'simulated seconds in a real one', 'TIME_SCALE', readFactor).default(
        1,
      ),
    )
    .addOption(option('--seed <text>', 'the same seed and calls give the same ids and luck', 'SEED'))
    .addOption(numbered('--queue-ms <ms>', 'how long a run is queued', 'QUEUE_MS', readMs))
    .addOption(numbered('--work-ms <ms>', 'how long a run works', 'WORK_MS', readMs))
    .addOption(
      numbered('--poll-after-ms <ms>', 'the header openai-poll-after-ms of reads', 'POLL_AFTER_MS', readMs),
    )
    .addOption(
      numbered('--requests-per-minute <n>', 'rate limit of each key', 'REQUESTS_PER_MINUTE', readCount),
    )
    .addOption(numbered('--tokens-per-minute <n>', 'rate limit of each key', 'TOKENS_PER_MINUTE', readCount))
    .addOption(option('--sunset', 'answer 404 to every Assistants endpoint', 'SUNSET'))
    .addOption(numbered('--max-objects <n>', 'how many ended objects are kept', 'MAX_OBJECTS', readCount))
    .addOption(
      numbered('--max-log-entries <n>', 'how many log entries are kept', 'MAX_LOG_ENTRIES', readCount),
    )
    .addOption(
      option('--log-level <level>', 'of the messages on stderr', 'LOG_LEVEL')
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .default('warn'),
    );
}

function option(flags: string, description: string, variable: string): Option {
  return new Option(flags, description).env(`SIMULATOR_${variable}`);
}

function numbered(
  flags: string,
  description: string,
  variable: string,
  read: (text: string) => number,
): Option {
  return option(flags, description, variable).argParser(read);
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

function readCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1) return count;
  throw new InvalidArgumentError(`Expected a whole number, 1 or more, got '${text}'.`);
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
