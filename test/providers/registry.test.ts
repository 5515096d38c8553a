import { describe, expect, test } from 'vitest';
import { accountsChoice } from '../../core/activities.ts';
import { AssistantProvider } from '../../providers/assistant/assistantProvider.ts';
import { providerNames, ProviderRegistry, webhookEventTypes } from '../../providers/registry.ts';
import { ResponseProvider } from '../../providers/response/responseProvider.ts';
import { accountOf, problemOf } from './support.ts';

/* Nothing is sent to anybody here. */
const baseURL = 'http://127.0.0.1:1/v1';
const registry = new ProviderRegistry([
  accountOf(baseURL),
  accountOf(baseURL, { name: 'old', apiKey: 'sk-old', defaultProvider: 'assistant' }),
  accountOf(baseURL, { name: 'wrong', defaultProvider: 'telegraph' }),
]);

const problemOfGet = (provider: string, account: string) =>
  problemOf(async () => registry.get(provider, account).name);

describe('the provider of a run', () => {
  test.each([
    ['response', ResponseProvider],
    ['assistant', AssistantProvider],
  ])('is the one that it names, whatever its account would choose: %s', (name, kind) => {
    for (const account of ['default', 'old', 'wrong']) {
      const found = registry.get(name, account);
      expect(found.name).toBe(name);
      expect(found.provider).toBeInstanceOf(kind);
    }
  });

  test('is the first of all when neither the run nor its account names one: the API that lives', () => {
    expect(registry.get(accountsChoice, 'default').name).toBe('response');
    expect(providerNames[0]).toBe('response');
  });

  test('is its account’s choice when the run names none', () => {
    const { name, provider } = registry.get(accountsChoice, 'old');
    expect(name).toBe('assistant');
    expect(provider).toBeInstanceOf(AssistantProvider);
  });

  test('is made once for each account', () => {
    expect(registry.get('response', 'default').provider).toBe(
      registry.get(accountsChoice, 'default').provider,
    );
    expect(registry.get('response', 'default').provider).not.toBe(registry.get('response', 'old').provider);
    expect(registry.all('old')).toEqual(providerNames.map((name) => registry.get(name, 'old').provider));
    expect(registry.all('nobody')).toEqual([]);
  });

  test.each(['telegraph', 'constructor', '__proto__', ''])('is not one called %j', async (name) => {
    expect(await problemOfGet(name, 'default')).toEqual({
      type: 'provider.unknown',
      message: `There is no provider '${name}' here; known: response, assistant.`,
      retry: { kind: 'never' },
      details: { effect: 'none' },
    });
  });

  test('is not one that only an account’s choice names', async () => {
    const problem = await problemOfGet(accountsChoice, 'wrong');
    expect(problem).toMatchObject({
      type: 'provider.unknown',
      message: expect.stringContaining("'telegraph'"),
    });
  });

  test.each(['nobody', 'constructor', ''])('is nowhere for an account called %j', async (account) => {
    expect(await problemOfGet('response', account)).toEqual({
      type: 'account.unknown',
      message: `There is no account '${account}' here; known: default, old, wrong.`,
      retry: { kind: 'never' },
      details: { effect: 'none' },
    });
  });

  test('without accounts says that there are none', async () => {
    const empty = new ProviderRegistry([]);
    const problem = await problemOf(async () => empty.get('response', 'default').name);
    expect(problem.message).toContain('known: none');
  });
});

test('the webhook events of all providers are known, each once', () => {
  expect(webhookEventTypes).toEqual(expect.arrayContaining(['response.completed', 'response.failed']));
  expect(new Set(webhookEventTypes).size).toBe(webhookEventTypes.length);
});
