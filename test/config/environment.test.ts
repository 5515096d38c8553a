import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { readBridgeConfiguration } from '../../bridge/configuration.ts';
import {
  ConfigurationError,
  portVariable,
  readEnvironment,
  type Environment,
} from '../../config/environment.ts';
import { describeUnreachableTemporal, readTemporalConfiguration } from '../../config/temporal.ts';
import { providerNames } from '../../providers/registry.ts';
import { readWorkerConfiguration } from '../../worker/configuration.ts';
import { noFile, problemsOf } from './support.ts';

const worker: Environment = { ...noFile, OPENAI_API_KEY: 'sk-simulator' };
const bridge: Environment = { ...worker, OPENAI_WEBHOOK_SECRET: 'whsec_c2VjcmV0' };

describe('the worker’s configuration', () => {
  test('needs nothing but a key', () => {
    expect(readWorkerConfiguration(worker)).toMatchObject({
      accounts: [
        { name: 'default', apiKey: 'sk-simulator', baseURL: 'https://api.openai.com/v1', webhookSecrets: [] },
      ],
      taskQueue: 'durable-runs',
      temporal: { namespace: 'default' },
      log: { level: 'info' },
    });
  });

  test('takes a deployment and a build together', () => {
    expect(readWorkerConfiguration(worker).deployment).toBeUndefined();
    const versioned = { ...worker, WORKER_DEPLOYMENT_NAME: 'runs', WORKER_BUILD_ID: '1.2.3-abc' };
    expect(readWorkerConfiguration(versioned).deployment).toEqual({
      deploymentName: 'runs',
      buildId: '1.2.3-abc',
    });
  });

  test.each([
    [
      { WORKER_DEPLOYMENT_NAME: 'runs' },
      'WORKER_BUILD_ID: expected a value beside that of WORKER_DEPLOYMENT_NAME. Set both for a versioned worker, neither for one that is not; got nothing',
    ],
    [
      { WORKER_BUILD_ID: 'abc' },
      'WORKER_DEPLOYMENT_NAME: expected a value beside that of WORKER_BUILD_ID. Set both for a versioned worker, neither for one that is not; got nothing',
    ],
    [
      { WORKER_DEPLOYMENT_NAME: 'runs.eu', WORKER_BUILD_ID: 'abc' },
      "WORKER_DEPLOYMENT_NAME: expected a name without dots, colons and spaces that does not begin with __; got 'runs.eu'",
    ],
    [
      { WORKER_DEPLOYMENT_NAME: 'runs', WORKER_BUILD_ID: 'a b' },
      "WORKER_BUILD_ID: expected a build id without spaces, such as the commit; got 'a b'",
    ],
  ])('refuses %j', (variables, problem) => {
    expect(problemsOf(() => readWorkerConfiguration({ ...worker, ...variables }))).toEqual([problem]);
  });

  test('takes what is set', () => {
    const set = {
      ...bridge,
      OPENAI_BASE_URL: 'http://127.0.0.1:4010/v1/',
      OPENAI_ASSISTANT_ID: 'asst_1',
      DURABLE_RUNS_TASK_QUEUE: 'mine',
      LOG_LEVEL: 'debug',
      LOG_FORMAT: 'pretty',
      TEMPORAL_ADDRESS: 'temporal.test:7233',
      TEMPORAL_NAMESPACE: 'production',
    };
    expect(readWorkerConfiguration(set)).toMatchObject({
      accounts: [
        {
          baseURL: 'http://127.0.0.1:4010/v1',
          defaultAssistantId: 'asst_1',
          webhookSecrets: ['whsec_c2VjcmV0'],
        },
      ],
      taskQueue: 'mine',
      temporal: {
        address: 'temporal.test:7233',
        namespace: 'production',
        connectionOptions: { address: 'temporal.test:7233' },
      },
      log: { level: 'debug', format: 'pretty' },
    });
  });

  test('an empty variable counts as not set', () => {
    const empty = {
      ...worker,
      OPENAI_BASE_URL: '',
      OPENAI_WEBHOOK_SECRET: '',
      OPENAI_ASSISTANT_ID: '',
      DURABLE_RUNS_TASK_QUEUE: '',
      LOG_LEVEL: '',
      LOG_FORMAT: '',
      TEMPORAL_ADDRESS: '',
      TEMPORAL_NAMESPACE: '',
      TEMPORAL_PROFILE: '',
      TEMPORAL_API_KEY: '',
      TEMPORAL_TLS: '',
    };
    expect(readWorkerConfiguration(empty)).toEqual(readWorkerConfiguration(worker));
    const [account] = readWorkerConfiguration(empty).accounts;
    expect(account).not.toHaveProperty('defaultAssistantId');
    expect(problemsOf(() => readWorkerConfiguration({ ...noFile, OPENAI_API_KEY: '' }))).toEqual(
      problemsOf(() => readWorkerConfiguration(noFile)),
    );
  });

  test('without a key says which variable, what was expected, what came, and what to do', () => {
    expect(problemsOf(() => readWorkerConfiguration(noFile))).toEqual([
      'OPENAI_API_KEY: expected the API key of your OpenAI project. Set it in the environment of this process; got nothing',
    ]);
  });

  test.each<[string, string, RegExp]>([
    ['OPENAI_API_KEY', ' sk-abc', /visible ASCII characters only.*got a value of 7 characters/],
    ['OPENAI_API_KEY', 'sk-abc\n', /visible ASCII.*7 characters/],
    ['OPENAI_API_KEY', 'sk-“abc”', /visible ASCII/],
    ['OPENAI_BASE_URL', 'api.openai.com/v1', /an http\(s\) address.*got 'api\.openai\.com\/v1'/],
    ['OPENAI_BASE_URL', 'ftp://example.com/v1', /an http\(s\) address/],
    ['OPENAI_BASE_URL', 'http://', /an http\(s\) address/],
    ['OPENAI_WEBHOOK_SECRET', 'whsec_a b', /the signing secret.*got a value of 9 characters/],
    ['OPENAI_ASSISTANT_ID', 'asst 1', /the id of an assistant.*got 'asst 1'/],
    ['LOG_LEVEL', 'loud', /one of trace, debug, info, warn, error; got 'loud'/],
    ['LOG_FORMAT', 'xml', /json or pretty; got 'xml'/],
  ])('%s=%j is refused by its name', (name, value, message) => {
    const problems = problemsOf(() => readWorkerConfiguration({ ...worker, [name]: value }));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name}: `));
    expect(problems[0]).toMatch(message);
  });

  test('a provider that this process does not have is refused, with those that it has', () => {
    const [problem] = problemsOf(() => readWorkerConfiguration({ ...worker, OPENAI_PROVIDER: 'asistant' }));
    expect(problem).toMatch(/^OPENAI_PROVIDER: expected the name of a provider: .*; got 'asistant'$/);
    for (const name of providerNames) {
      expect(problem).toContain(name);
      const { accounts } = readWorkerConfiguration({ ...worker, OPENAI_PROVIDER: name });
      expect(accounts).toMatchObject([{ defaultProvider: name }]);
    }
  });

  test('a password in an address is refused, and not repeated', () => {
    const set = { ...worker, OPENAI_BASE_URL: 'https://me:hunter2@example.com/v1' };
    const [problem] = problemsOf(() => readWorkerConfiguration(set));
    expect(problem).toMatch(/^OPENAI_BASE_URL: .*example\.com/);
    expect(problem).not.toContain('hunter2');
  });

  test('all problems come at once, and no secret with them', () => {
    const set = {
      ...noFile,
      OPENAI_API_KEY: 'sk-my very secret key',
      OPENAI_WEBHOOK_SECRET: 'whsec_my secret',
      OPENAI_BASE_URL: 'nowhere',
      LOG_LEVEL: 'loud',
      BRIDGE_PORT: '70000',
    };
    const problems = problemsOf(() => readBridgeConfiguration(set));
    const names = ['BRIDGE_PORT', 'LOG_LEVEL', 'OPENAI_API_KEY', 'OPENAI_BASE_URL', 'OPENAI_WEBHOOK_SECRET'];
    expect(problems).toHaveLength(names.length);
    expect(new Set(problems.map((problem) => problem.split(':')[0]))).toEqual(new Set(names));
    expect(problems.join()).not.toMatch(/very secret|my secret/);
    expect(new ConfigurationError(problems).message).toBe(
      ['The configuration is not valid:', ...problems.map((problem) => `  - ${problem}`)].join('\n'),
    );
  });

  test('a problem with Temporal’s own variables comes with the others', () => {
    const set = { ...noFile, TEMPORAL_CONFIG_FILE: '/nonexistent/temporal.toml', TEMPORAL_PROFILE: 'none' };
    for (const read of [readWorkerConfiguration, readBridgeConfiguration]) {
      const problems = problemsOf(() => read(set)).join('\n');
      expect(problems).toContain('OPENAI_API_KEY: ');
      expect(problems).toContain('TEMPORAL_*: ');
    }
  });
});

describe('the bridge’s configuration', () => {
  test('listens on this machine’s port 8088 by default', () => {
    expect(readBridgeConfiguration(bridge)).toMatchObject({
      host: '127.0.0.1',
      port: 8088,
      accounts: [{ name: 'default', webhookSecrets: ['whsec_c2VjcmV0'] }],
    });
  });

  test('needs a webhook secret', () => {
    const problems = problemsOf(() => readBridgeConfiguration(worker));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^OPENAI_WEBHOOK_SECRET: .*got nothing$/);
    // What is missing is told in words that help, as for the key.
    expect(problems[0]).toContain('signing secret');
    // Together with whatever else is missing.
    expect(problemsOf(() => readBridgeConfiguration({ ...noFile, BRIDGE_PORT: 'x' }))).toEqual([
      expect.stringMatching(/^OPENAI_API_KEY: /),
      expect.stringMatching(/^OPENAI_WEBHOOK_SECRET: /),
      expect.stringMatching(/^BRIDGE_PORT: /),
    ]);
  });

  test('needs one webhook secret, of whichever account', () => {
    const two = {
      ...noFile,
      OPENAI_ACCOUNTS: 'eu,us',
      OPENAI_API_KEY__EU: 'sk-eu',
      OPENAI_API_KEY__US: 'sk-us',
    };
    expect(problemsOf(() => readBridgeConfiguration(two))).toEqual([
      expect.stringMatching(/^OPENAI_WEBHOOK_SECRET__EU or OPENAI_WEBHOOK_SECRET__US: .*got nothing$/),
    ]);
    const { accounts } = readBridgeConfiguration({ ...two, OPENAI_WEBHOOK_SECRET__US: 'whsec_c2VjcmV0' });
    expect(accounts.map(({ name, webhookSecrets }) => [name, webhookSecrets])).toEqual([
      ['eu', []],
      ['us', ['whsec_c2VjcmV0']],
    ]);
  });

  test('takes a host and a port', () => {
    const set = { ...bridge, BRIDGE_HOST: '0.0.0.0', BRIDGE_PORT: '0' };
    expect(readBridgeConfiguration(set)).toMatchObject({ host: '0.0.0.0', port: 0 });
  });

  test('of the bridge: its limits, and whom it believes', () => {
    expect(readBridgeConfiguration(bridge)).toMatchObject({
      limits: { connections: 1_000, deliveries: 256 },
      trustedProxies: [],
    });
    const set = {
      ...bridge,
      BRIDGE_MAX_CONNECTIONS: '50',
      BRIDGE_MAX_DELIVERIES: '1',
      BRIDGE_TRUSTED_PROXIES: '10.0.0.7, fd00::/8',
    };
    expect(readBridgeConfiguration(set)).toMatchObject({
      limits: { connections: 50, deliveries: 1 },
      trustedProxies: ['10.0.0.7', 'fd00::/8'],
    });
  });

  test.each<[string, string]>([
    ['BRIDGE_MAX_CONNECTIONS', '0'],
    ['BRIDGE_MAX_CONNECTIONS', '-1'],
    ['BRIDGE_MAX_DELIVERIES', 'many'],
    ['BRIDGE_MAX_DELIVERIES', '1e3'],
    ['BRIDGE_TRUSTED_PROXIES', 'proxy.example.com'],
    ['BRIDGE_TRUSTED_PROXIES', '0.0.0.0/0'],
    ['BRIDGE_TRUSTED_PROXIES', '10.0.0.0/33'],
    ['BRIDGE_TRUSTED_PROXIES', '10.0.0.0/8/8'],
    ['BRIDGE_TRUSTED_PROXIES', '10.0.0.1,'],
    ['BRIDGE_TRUSTED_PROXIES', 'fe80::1%eth0'],
    ['BRIDGE_TRUSTED_PROXIES', 'true'],
  ])('of the bridge: %s=%s is refused', (name, value) => {
    expect(problemsOf(() => readBridgeConfiguration({ ...bridge, [name]: value }))).toEqual([
      expect.stringMatching(new RegExp(`^${name}: expected .*; got '`)),
    ]);
  });
});

describe('a port', () => {
  const schema = z.object({ PORT: portVariable(4010) });

  test.each<[string | undefined, number]>([
    [undefined, 4010],
    ['', 4010],
    ['0', 0],
    ['80', 80],
    ['65535', 65_535],
  ])('%j is %i', (text, port) => {
    expect(readEnvironment(schema, { PORT: text })).toEqual({ PORT: port });
  });

  test.each(['65536', '-1', '80.5', '8e3', ' 80', 'http', '0x50', '８０'])('%j is none', (text) => {
    expect(problemsOf(() => readEnvironment(schema, { PORT: text }))).toEqual([
      `PORT: expected a port number from 0 to 65535; got '${text}'`,
    ]);
  });
});

describe('where Temporal is', () => {
  test('this machine, unless told otherwise', () => {
    expect(readTemporalConfiguration(noFile)).toMatchObject({ namespace: 'default' });
    expect(readTemporalConfiguration(noFile).address).toMatch(/^(localhost|127\.0\.0\.1):7233$/);
  });

  test('the standard variables pass', () => {
    const set = {
      ...noFile,
      TEMPORAL_ADDRESS: 'x.tmprl.cloud:7233',
      TEMPORAL_NAMESPACE: 'n.a',
      TEMPORAL_API_KEY: 'k',
    };
    expect(readTemporalConfiguration(set)).toMatchObject({
      address: 'x.tmprl.cloud:7233',
      namespace: 'n.a',
      connectionOptions: { address: 'x.tmprl.cloud:7233', apiKey: 'k' },
    });
  });

  test.each(['__proto__', 'constructor', 'toString'])(
    '%s is no profile, and nothing is written into it',
    (name) => {
      expect(problemsOf(() => readTemporalConfiguration({ ...noFile, TEMPORAL_PROFILE: name }))).toEqual([
        `TEMPORAL_PROFILE: expected the name of a profile in Temporal's configuration file; got '${name}'`,
      ]);
      expect({}).not.toHaveProperty('address');
      expect(Object).not.toHaveProperty('address');
    },
  );

  test('what is not given is not taken from the process', () => {
    const { address } = readTemporalConfiguration({ ...noFile, TEMPORAL_ADDRESS: undefined });
    expect(address).toBe(readTemporalConfiguration(noFile).address);
  });

  test('a person who cannot reach it is told where it was looked for, and what to do', () => {
    const message = describeUnreachableTemporal('localhost:7233', new Error('connection refused'));
    expect(message).toBe(
      'Temporal could not be reached at localhost:7233: connection refused. ' +
        'Start it (npm start does), or point TEMPORAL_ADDRESS to where it runs.',
    );
  });
});
