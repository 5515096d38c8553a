import type { OpenAI } from 'openai';
import { accountsChoice } from '../core/activities.ts';
import { failureTypes } from '../core/failures.ts';
import { createClient, type Account } from './account.ts';
import { AssistantProvider } from './assistant/assistantProvider.ts';
import { ResponseProvider } from './response/responseProvider.ts';
import { responseEventTypes } from './response/webhook.ts';
import { ProblemError } from './problem.ts';
import type { Provider } from './provider.ts';

interface Registered {
  readonly create: (account: Account, client: OpenAI) => Provider;
  /** The webhook events that tell of its runs. */
  readonly webhookEventTypes: readonly string[];
}

/** Every provider by its name in a run's input; the first is what an account uses that names none. A new one is a line here. */
const registered: Record<string, Registered> = {
  response: { create: (...given) => new ResponseProvider(...given), webhookEventTypes: responseEventTypes },
  assistant: { create: (...given) => new AssistantProvider(...given), webhookEventTypes: [] },
};

export const providerNames: readonly string[] = Object.keys(registered);

/** The webhook events that an endpoint has to be subscribed to. */
export const webhookEventTypes: readonly string[] = Object.values(registered).flatMap(
  (entry) => entry.webhookEventTypes,
);

export interface NamedProvider {
  readonly name: string;
  readonly provider: Provider;
}

interface AccountProviders {
  readonly defaultName: string;
  readonly byName: ReadonlyMap<string, Provider>;
}

/** The providers of a process's accounts, each made once. */
export class ProviderRegistry {
  readonly #accounts = new Map<string, AccountProviders>();

  constructor(accounts: readonly Account[]) {
    for (const account of accounts) {
      const client = createClient(account);
      const made = Object.entries(registered).map(
        ([name, { create }]) => [name, create(account, client)] as const,
      );
      const defaultName = account.defaultProvider ?? providerNames[0] ?? '';
      this.#accounts.set(account.name, { defaultName, byName: new Map(made) });
    }
  }

  /** The provider of this name, or the account's own choice; throws a ProblemError for a name that is not known here. */
  get(providerName: string, accountName: string): NamedProvider {
    const account = this.#accounts.get(accountName);
    if (account === undefined) {
      throw unknownName(failureTypes.unknownAccount, 'account', accountName, [...this.#accounts.keys()]);
    }
    const name = providerName === accountsChoice ? account.defaultName : providerName;
    const provider = account.byName.get(name);
    if (provider === undefined)
      throw unknownName(failureTypes.unknownProvider, 'provider', name, providerNames);
    return { name, provider };
  }

  /** All providers of an account. */
  all(accountName: string): readonly Provider[] {
    return [...(this.#accounts.get(accountName)?.byName.values() ?? [])];
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
