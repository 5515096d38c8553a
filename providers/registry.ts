import { failureTypes } from '../core/failures.ts';
import { createClient, type Account } from './account.ts';
import { AssistantProvider } from './assistant/assistantProvider.ts';
import { ProblemError } from './problem.ts';
import type { Provider } from './provider.ts';

/** Every provider by its name in a run's input. A new one is a line here. */
const factories: Record<string, (account: Account) => Provider> = {
  assistant: (account) => new AssistantProvider(account, createClient(account)),
};

export const providerNames: readonly string[] = Object.keys(factories);

/** The providers of a process's accounts, each made once. */
export class ProviderRegistry {
  readonly #providers = new Map<string, Map<string, Provider>>();

  constructor(accounts: readonly Account[]) {
    for (const account of accounts) {
      const made = Object.entries(factories).map(([name, create]) => [name, create(account)] as const);
      this.#providers.set(account.name, new Map(made));
    }
  }

  /** The provider of this name for this account; throws a ProblemError for a name that is not known here. */
  get(provider: string, account: string): Provider {
    const providers = this.#providers.get(account);
    if (providers === undefined) {
      throw unknownName(failureTypes.unknownAccount, 'account', account, [...this.#providers.keys()]);
    }
    const found = providers.get(provider);
    if (found === undefined)
      throw unknownName(failureTypes.unknownProvider, 'provider', provider, providerNames);
    return found;
  }

  /** All providers of an account. */
  all(account: string): readonly Provider[] {
    return [...(this.#providers.get(account)?.values() ?? [])];
  }
}

function unknownName(
  type: typeof failureTypes.unknownAccount | typeof failureTypes.unknownProvider,
  what: string,
  name: string,
  known: readonly string[],
): ProblemError {
  return new ProblemError({
    type,
    message: `There is no ${what} '${name}' here; known: ${known.join(', ') || 'none'}.`,
    retry: { kind: 'never' },
    details: { effect: 'none' },
  });
}
