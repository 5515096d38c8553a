import * as fc from 'fast-check';
import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { readBridgeConfiguration } from '../../bridge/configuration.ts';
import { createBridge } from '../../bridge/index.ts';
import { readClientConfiguration } from '../../client/configuration.ts';
import { collectProblems, ConfigurationError, type Environment } from '../../config/environment.ts';
import { StartupError } from '../../config/process.ts';
import { readStartConfiguration } from '../../scripts/start/configuration.ts';
import { readWorkerConfiguration } from '../../worker/configuration.ts';
import { noFile } from '../config/support.ts';
import { cases, hostileJson, isPolluted, odd } from './hostile.ts';

/* Whatever the environment holds: a configuration, or an error that names the variable, and never tells a secret. */

const names = (
  'OPENAI_API_KEY OPENAI_BASE_URL OPENAI_WEBHOOK_SECRET OPENAI_PROVIDER OPENAI_MODEL OPENAI_ASSISTANT_ID OPENAI_ACCOUNTS ' +
  'OPENAI_API_KEY__EU OPENAI_BASE_URL__EU OPENAI_WEBHOOK_SECRET__EU OPENAI_API_KEY_EU OPENAI_API_KEY__ OPENAI_MODEL__eu ' +
  'TEMPORAL_ADDRESS TEMPORAL_NAMESPACE TEMPORAL_API_KEY TEMPORAL_TLS TEMPORAL_TLS_CLIENT_CERT_DATA TEMPORAL_TLS_CLIENT_KEY_PATH ' +
  'TEMPORAL_TLS_SERVER_NAME TEMPORAL_GRPC_META_X_MINE TEMPORAL_PROFILE TEMPORAL_UI_URL TEMPORAL_PORT TEMPORAL_UI_PORT ' +
  'BRIDGE_HOST BRIDGE_PORT BRIDGE_MAX_CONNECTIONS BRIDGE_MAX_DELIVERIES BRIDGE_TRUSTED_PROXIES ' +
  'DURABLE_RUNS_TASK_QUEUE DURABLE_RUNS_STATE_DIR WORKFLOW_BUNDLE LOG_LEVEL LOG_FORMAT SIMULATOR_PORT'
).split(' ');

const texts: readonly string[] = [
  ...odd,
  ...'0 -1 65536 1e3 NaN true , ,, eu eu,us eu,eu default a__b EU __proto__ constructor .. / http:// https://a whsec_ whsec_AA=='.split(
    ' ',
  ),
  ...'http://[::1 http://u:p@a/v1 file:///etc ::1/0 ::/1 ::ffff:10.0.0.1/8 10.0.0.0/8,::1 10.0.0.1/01 1.2.3.4.5 localhost'.split(
    ' ',
  ),
  ' ',
  '\n',
  '\u0000',
  '\u001b[31m',
];
const text = fc.oneof(
  fc.constantFrom(...texts),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.webUrl(),
  fc.ipV4(),
  fc.ipV6(),
  fc.tuple(fc.oneof(fc.ipV4(), fc.ipV6()), fc.integer()).map(([ip, length]) => `${ip}/${length}`),
  hostileJson,
);
const environments = fc.dictionary(fc.constantFrom(...names), text, { maxKeys: 5 });

const proper: Environment = {
  ...noFile,
  OPENAI_API_KEY: 'sk-proper',
  OPENAI_WEBHOOK_SECRET: 'whsec_c2VjcmV0',
  OPENAI_MODEL: 'gpt-sim',
};

const readers = {
  worker: readWorkerConfiguration,
  bridge: readBridgeConfiguration,
  client: readClientConfiguration,
  'npm start': readStartConfiguration,
};

const told = /^ {2}- (OPENAI|TEMPORAL|BRIDGE|DURABLE_RUNS|WORKFLOW|LOG|SIMULATOR)[\w*]*[ :]/;

/** What is wrong with how reading ends; nothing when it is a configuration or an error as they are to be. */
function flawOf(read: (environment: Environment) => unknown, environment: Environment): string | undefined {
  try {
    read(environment);
    return undefined;
  } catch (error) {
    if (error instanceof StartupError) return undefined;
    if (!(error instanceof ConfigurationError)) return `of no type: ${String(error)}`;
    const [first, second = ''] = error.message.split('\n');
    return first === 'The configuration is not valid:' && told.test(second) ? undefined : error.message;
  }
}

test.each(Object.entries(readers))('%s: each variable with each odd value', (_name, read) => {
  expect(flawOf(read, proper)).toBeUndefined();
  read(proper);
  for (const name of names) {
    for (const value of texts) {
      expect([name, value, flawOf(read, { ...proper, [name]: value })]).toEqual([name, value, undefined]);
      expect([name, value, isPolluted()]).toEqual([name, value, false]);
    }
  }
});

test.each(Object.entries(readers))('%s: any variables with any values', (_name, read) => {
  fc.assert(
    fc.property(fc.constantFrom(proper, noFile), environments, (base, given) => {
      expect(flawOf(read, { ...base, ...given })).toBeUndefined();
    }),
    cases(150),
  );
  expect(isPolluted()).toBe(false);
});

test.each(Object.entries(readers))('%s: a secret that is wrong is not told', (_name, read) => {
  // Of a length that no other text has by chance.
  const secret = fc
    .tuple(fc.string({ maxLength: 10 }), fc.string({ unit: 'binary', maxLength: 10 }))
    .map(([before, after]) => `${before} MARKMARK ${after}`);
  const secrets = names.filter((name) => /KEY|SECRET/.test(name) && !name.endsWith('_PATH'));
  fc.assert(
    fc.property(fc.constantFrom(...secrets), secret, (name, value) => {
      const problems: string[] = [];
      collectProblems(() => read({ ...proper, [name]: value }), problems);
      expect(problems.join()).not.toContain('MARKMARK');
    }),
    cases(100),
  );
});

test('what the bridge accepts, it can be made with', async () => {
  const connection = Connection.lazy({ address: '127.0.0.1:1' });
  onTestFinished(() => connection.close());
  const client = new Client({ connection });
  const make = async (environment: Environment): Promise<void> => {
    const read = collectProblems(() => readBridgeConfiguration(environment), []);
    if (read === undefined) return;
    const { accounts, limits, trustedProxies } = read.value;
    const app = createBridge({ client, accounts, limits, trustedProxies, logger: pino({ level: 'silent' }) });
    expect((await app.inject('/healthz')).statusCode).toBe(200);
    await app.close();
  };
  await make({ ...proper, BRIDGE_TRUSTED_PROXIES: '10.0.0.0/8,::1' });
  const addresses = fc.oneof(fc.ipV4(), fc.ipV6());
  const range = fc.tuple(addresses, fc.nat({ max: 129 })).map(([ip, length]) => `${ip}/${length}`);
  const proxies = fc
    .array(fc.oneof(addresses, range, fc.constantFrom(...texts)), { minLength: 1, maxLength: 3 })
    .map((list) => list.join(','));
  await fc.assert(
    fc.asyncProperty(proxies, (list) => make({ ...proper, BRIDGE_TRUSTED_PROXIES: list })),
    cases(100),
  );
});
