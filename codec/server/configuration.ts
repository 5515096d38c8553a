import { isIPv4 } from 'node:net';
import * as z from 'zod';
import {
  ConfigurationError,
  portVariable,
  readEnvironment,
  type Environment,
} from '../../config/environment.ts';
import { processVariables, toLogSettings, type LogSettings } from '../../config/process.ts';
import { payloadKeysVariables, type PayloadKeys } from '../payloadKeys.ts';

const minimumTokenLength = 16;

const schema = z.object({
  LOG_LEVEL: processVariables.LOG_LEVEL,
  LOG_FORMAT: processVariables.LOG_FORMAT,
  ...payloadKeysVariables,
  CODEC_HOST: z.string().default('127.0.0.1'),
  CODEC_PORT: portVariable(8089),
  CODEC_TOKENS: z
    .string()
    .transform(splitList)
    .refine(
      (tokens) => tokens.every((token) => /^[\x21-\x7e]+$/.test(token) && token.length >= minimumTokenLength),
      `expected tokens of at least ${minimumTokenLength} visible ASCII characters, with commas between them ` +
        '(openssl rand -hex 32 makes one)',
    )
    .default([]),
  CODEC_ORIGINS: z
    .string()
    .default('http://localhost:8233,http://127.0.0.1:8233')
    .transform(splitList)
    .refine(
      (origins) => origins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin),
      'expected origins of Web UIs, with commas between them, such as https://temporal.example.com: no path, no slash at the end',
    ),
});

export interface CodecConfiguration {
  readonly keys: PayloadKeys;
  readonly host: string;
  readonly port: number;
  readonly tokens: readonly string[];
  readonly origins: readonly string[];
  readonly log: LogSettings;
}

/** Reads the codec endpoint's configuration; throws a ConfigurationError with everything that is wrong with it. */
export function readCodecConfiguration(environment: Environment): CodecConfiguration {
  const variables = readEnvironment(schema, environment);
  const { PAYLOAD_ENCRYPTION_KEYS: keys, CODEC_HOST: host, CODEC_TOKENS: tokens } = variables;
  const problems: string[] = [];
  if (keys.decryptWith.length === 0) {
    problems.push(
      'PAYLOAD_ENCRYPTION_KEYS: expected the keys that the workers have: without one there is nothing to decrypt. ' +
        'Set it in the environment of this process; got nothing',
    );
  }
  if (!isLoopback(host) && tokens.length === 0) {
    problems.push(
      `CODEC_TOKENS: expected a token, for CODEC_HOST (${host}) lets other machines in: without one everybody there could decrypt. ` +
        'Set one (openssl rand -hex 32 makes it), or listen on 127.0.0.1; got nothing',
    );
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  return {
    keys,
    host,
    port: variables.CODEC_PORT,
    tokens,
    origins: variables.CODEC_ORIGINS,
    log: toLogSettings(variables),
  };
}

function splitList(text: string): readonly string[] {
  return text.split(',').map((entry) => entry.trim());
}

/** Whether only this machine can reach it. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}
