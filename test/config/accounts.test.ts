import { describe, expect, test } from 'vitest';
import { accountVariable, readAccounts } from '../../config/accounts.ts';
import type { Environment } from '../../config/environment.ts';
import type { Account } from '../../providers/account.ts';
import { problemsOf } from './support.ts';

const providerNames = ['one', 'two'];
const read = (environment: Environment): readonly Account[] => readAccounts(environment, { providerNames });
const problems = (environment: Environment): readonly string[] => problemsOf(() => read(environment));

const ofDefault: Environment = { OPENAI_API_KEY: 'sk-default' };
const ofEu: Environment = { OPENAI_ACCOUNTS: 'eu', OPENAI_API_KEY__EU: 'sk-eu' };

describe('the account `default`', () => {
  test('takes all of its variables', () => {
    const set = {
      OPENAI_API_KEY: 'sk-default',
      OPENAI_BASE_URL: 'http://127.0.0.1:1/v1/',
      OPENAI_WEBHOOK_SECRET: 'whsec_b25l',
      OPENAI_PROVIDER: 'two',
      OPENAI_MODEL: 'gpt-x',
      OPENAI_ASSISTANT_ID: 'asst_1',
    };
    expect(read(set)).toEqual([
      {
        name: 'default',
        apiKey: 'sk-default',
        baseURL: 'http://127.0.0.1:1/v1',
        webhookSecrets: ['whsec_b25l'],
        defaultProvider: 'two',
        defaultModel: 'gpt-x',
        defaultAssistantId: 'asst_1',
      },
    ]);
  });

  test('needs a key when there is no other account', () => {
    expect(problems({})).toEqual([expect.stringMatching(/^OPENAI_API_KEY: .*got nothing$/)]);
    expect(problems({ OPENAI_ACCOUNTS: '' })).toEqual(problems({}));
  });

  test('is not there without a key when there are others', () => {
    expect(read(ofEu).map(({ name }) => name)).toEqual(['eu']);
    expect(read({ ...ofEu, OPENAI_API_KEY: '', OPENAI_BASE_URL: '' })).toEqual(read(ofEu));
  });

  test.each(['OPENAI_BASE_URL', 'OPENAI_WEBHOOK_SECRET', 'OPENAI_MODEL'])(
    'without a key, but with %s, is half of an account, and said to be',
    (name) => {
      expect(problems({ ...ofEu, [name]: 'http://127.0.0.1/v1' })).toEqual([
        expect.stringMatching(new RegExp(`^OPENAI_API_KEY: .* goes with ${name}\\. .*; got nothing$`)),
      ]);
    },
  );
});

describe('named accounts', () => {
  test('come after `default`, in the order of their list, each with its own variables', () => {
    const set = {
      ...ofDefault,
      OPENAI_ACCOUNTS: 'research-2, eu',
      OPENAI_API_KEY__EU: 'sk-eu',
      OPENAI_BASE_URL__EU: 'https://eu.example.com/v1',
      OPENAI_WEBHOOK_SECRET__EU: 'whsec_bmV3,whsec_b2xk',
      OPENAI_PROVIDER__EU: 'one',
      OPENAI_MODEL__EU: 'gpt-eu',
      OPENAI_ASSISTANT_ID__EU: 'asst_eu',
      OPENAI_API_KEY__RESEARCH_2: 'sk-research',
    };
    const openai = 'https://api.openai.com/v1';
    expect(read(set)).toEqual([
      { name: 'default', apiKey: 'sk-default', baseURL: openai, webhookSecrets: [] },
      { name: 'research-2', apiKey: 'sk-research', baseURL: openai, webhookSecrets: [] },
      {
        name: 'eu',
        apiKey: 'sk-eu',
        baseURL: 'https://eu.example.com/v1',
        webhookSecrets: ['whsec_bmV3', 'whsec_b2xk'],
        defaultProvider: 'one',
        defaultModel: 'gpt-eu',
        defaultAssistantId: 'asst_eu',
      },
    ]);
  });

  test('inherit nothing from `default`', () => {
    const set = {
      ...ofDefault,
      ...ofEu,
      OPENAI_BASE_URL: 'http://127.0.0.1/v1',
      OPENAI_WEBHOOK_SECRET: 'whsec_b25l',
      OPENAI_PROVIDER: 'two',
      OPENAI_MODEL: 'gpt-x',
      OPENAI_ASSISTANT_ID: 'asst_1',
    };
    expect(read(set)[1]).toEqual(read(ofEu)[0]);
    expect(problems({ ...set, OPENAI_API_KEY__EU: '' })).toEqual([
      expect.stringMatching(/^OPENAI_API_KEY__EU: .*got nothing$/),
    ]);
  });

  test.each(['EU', 'e_u', '1eu', '-eu', 'eu.west', 'eu west', 'ü', ''])(
    'cannot be called %j, and its variables are no second mistake',
    (name) => {
      const set = {
        ...ofDefault,
        OPENAI_ACCOUNTS: `us,${name}`,
        OPENAI_API_KEY__US: 'sk-us',
        OPENAI_API_KEY__EU: '',
      };
      const variable = `OPENAI_API_KEY__${name.toUpperCase().replaceAll('-', '_')}`;
      expect(problems({ ...set, [variable]: 'sk-x' })).toEqual([
        expect.stringMatching(/^OPENAI_ACCOUNTS: expected names of lower-case letters.*; got '/),
      ]);
    },
  );

  test('are each listed once, and `default` never', () => {
    expect(problems({ ...ofEu, OPENAI_ACCOUNTS: 'eu,eu' })).toEqual([
      "OPENAI_ACCOUNTS: expected each name once; got 'eu'",
    ]);
    expect(problems({ ...ofEu, OPENAI_ACCOUNTS: 'eu,default' })).toEqual([
      expect.stringMatching(/^OPENAI_ACCOUNTS: .*no suffix.*; got 'default'$/),
    ]);
  });

  test('cannot be a key that was put in the wrong place, which is not repeated', () => {
    const [problem] = problems({ ...ofDefault, OPENAI_ACCOUNTS: 'sk-proj-SecretOfMine' });
    expect(problem).toMatch(/^OPENAI_ACCOUNTS: expected names .*; got 'sk-\[redacted\]'$/);
  });

  test('no two share a variable', () => {
    const letters = ['a', 'b', '-', '1'];
    const names = letters.flatMap((second) =>
      letters.flatMap((third) =>
        ['a', 'b'].flatMap((first) => [first, first + second, first + second + third]),
      ),
    );
    const different = new Set(names);
    expect(different.size).toBe(42);
    const keys = [...different].map((name) => accountVariable('OPENAI_API_KEY', name));
    expect(new Set(keys).size).toBe(different.size);
    // And each is read, however its hyphens fall.
    const set = Object.fromEntries(keys.map((key) => [key, `sk-${key}`]));
    const accounts = read({ ...set, OPENAI_ACCOUNTS: [...different].join(',') });
    expect(accounts.map(({ apiKey }) => apiKey)).toEqual(keys.map((key) => `sk-${key}`));
  });
});

describe('webhook secrets', () => {
  test.each([
    ['whsec_b25l', ['whsec_b25l']],
    ['whsec_bmV3,whsec_b2xk', ['whsec_bmV3', 'whsec_b2xk']],
    [' whsec_bmV3 ,  whsec_b2xk\n', ['whsec_bmV3', 'whsec_b2xk']],
    ['of-my-own-server', ['of-my-own-server']],
  ])('%j are %j', (text, secrets) => {
    expect(read({ ...ofDefault, OPENAI_WEBHOOK_SECRET: text })).toMatchObject([{ webhookSecrets: secrets }]);
  });

  test.each([
    ['whsec_bmV3,whsec_b2xk,whsec_b2xkZXI=', /Remove the oldest; got a value of 36 characters$/],
    ['whsec_bmV3,', /Remove the comma/],
    [',whsec_bmV3', /Remove the comma/],
    ['whsec_bmV3,,whsec_b2xk', /Remove the comma/],
    [' ', /Remove the comma/],
    ['whsec_b m', /^OPENAI_WEBHOOK_SECRET__EU: expected the signing secret/],
    // A key of no bytes: everybody could sign.
    ['whsec_', /^OPENAI_WEBHOOK_SECRET__EU: expected the signing secret/],
    ['whsec_bmV3,whsec_=', /^OPENAI_WEBHOOK_SECRET__EU: expected the signing secret/],
  ])('%j are refused', (text, message) => {
    const [problem, ...others] = problems({ ...ofEu, OPENAI_WEBHOOK_SECRET__EU: text });
    expect(problem).toMatch(/^OPENAI_WEBHOOK_SECRET__EU: /);
    expect(problem).toMatch(message);
    expect(problem).not.toMatch(/bmV3|b2xk/);
    expect(others).toEqual([]);
  });
});

test('headers for every account’s server are refused, and not repeated', () => {
  const set = { ...ofDefault, ...ofEu, OPENAI_CUSTOM_HEADERS: 'Authorization: Bearer secret-of-mine' };
  const [problem, ...others] = problems(set);
  expect(problem).toMatch(
    /^OPENAI_CUSTOM_HEADERS: expected nothing: .* address of every account\. Unset it$/,
  );
  expect(problem).not.toContain('secret-of-mine');
  expect(others).toEqual([]);
  expect(read({ ...set, OPENAI_CUSTOM_HEADERS: '' })).toHaveLength(2);
});

describe('what is misspelt', () => {
  test.each<[string, RegExp]>([
    ['OPENAI_API_KEY__EUU', /suffix of an account in OPENAI_ACCOUNTS, whose suffixes are __EU\./],
    ['OPENAI_API_KEY__', /suffix of an account/],
    ['OPENAI_API_KEY__EU__WEST', /suffix of an account/],
    ['OPENAI_BASE_URL__eu', /Call it OPENAI_BASE_URL__EU$/],
    ['OPENAI_BASE_URL_EU', /two underscores.* Call it OPENAI_BASE_URL__EU$/],
    ['OPENAI_BASEURL__EU', /a variable of an account: .*OPENAI_BASE_URL__EU/],
  ])('%s is not ignored', (name, message) => {
    const [problem, ...others] = problems({ ...ofEu, [name]: 'sk-secret-of-mine' });
    expect(problem?.slice(0, name.length + 2)).toBe(`${name}: `);
    expect(problem).toMatch(message);
    expect(problem).not.toContain('secret-of-mine');
    expect(others).toEqual([]);
  });

  test('the list itself: then no account has a suffix', () => {
    const set = { ...ofDefault, OPENAI_ACOUNTS: 'eu', OPENAI_API_KEY__EU: 'sk-eu' };
    expect(problems(set)).toEqual([expect.stringMatching(/^OPENAI_API_KEY__EU: .*which lists none/)]);
  });

  test.each([
    'OPENAI_ORG_ID',
    'OPENAI__API_KEY',
    'OPENAI_AGENTS__TRACING',
    'MY_OPENAI_API_KEY__EUU',
    'OPENAI_API_KEY_OLD',
  ])('%s is another program’s', (name) => {
    expect(read({ ...ofEu, [name]: 'x' })).toEqual(read(ofEu));
  });

  test('and empty is not set', () => {
    expect(read({ ...ofEu, OPENAI_API_KEY__EUU: '' })).toEqual(read(ofEu));
  });
});

test('all problems of all accounts come at once, each with its variable', () => {
  const set = {
    OPENAI_API_KEY: 'sk default',
    OPENAI_PROVIDER: 'three',
    OPENAI_ACCOUNTS: 'eu,us,US',
    OPENAI_BASE_URL__EU: 'nowhere',
    OPENAI_API_KEY__US: 'sk-us',
    OPENAI_MODEL__US: 'gpt x',
    OPENAI_PROVIDER__US: 'three',
    OPENAI_API_KEY__ASIA: 'sk-asia',
  };
  expect(problems(set).map((problem) => problem.split(':')[0])).toEqual([
    'OPENAI_ACCOUNTS',
    'OPENAI_API_KEY',
    'OPENAI_PROVIDER',
    'OPENAI_API_KEY__EU',
    'OPENAI_BASE_URL__EU',
    'OPENAI_PROVIDER__US',
    'OPENAI_MODEL__US',
    'OPENAI_API_KEY__ASIA',
  ]);
  expect(problems(set).join('\n')).toContain("expected the name of a provider: one or two; got 'three'");
  expect(problems(set).join('\n')).not.toMatch(/sk[ -](default|us|asia)/);
});
