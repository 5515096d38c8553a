import { readAccounts } from '../../../config/accounts.ts';
import type { Account } from '../../../providers/account.ts';
import type { WebhookEndpoints } from '../../../providers/webhookEndpoints.ts';
import { exitCodes, type ExitCode } from '../../exitCodes.ts';
import type { CommandContext } from '../context.ts';
import { findAccount } from './account.ts';
import { explainFailure, type Wish } from './explain.ts';

/** What a webhooks command works with. */
export interface Calling {
  readonly account: Account;
  readonly endpoints: WebhookEndpoints;
  /** The event types that runs need, whichever provider they use. */
  readonly eventTypes: readonly string[];
}

export interface CallOptions extends Wish {
  /** The account's name. */
  readonly account: string;
}

/** Does some work with the API of an account; an error of the API becomes one line, and exit code 2. */
export async function withEndpoints(
  context: CommandContext,
  options: CallOptions,
  work: (calling: Calling) => Promise<ExitCode>,
): Promise<ExitCode> {
  // Not at the top: no other command needs the OpenAI SDK, which takes its time to load.
  const api = await import('../../../providers/webhookEndpoints.ts');
  const { providerNames, webhookEventTypes: eventTypes } = await import('../../../providers/registry.ts');
  const account = findAccount(readAccounts(context.environment, { providerNames }), options.account);
  try {
    return await work({ account, endpoints: new api.WebhookEndpoints(account), eventTypes });
  } catch (error) {
    if (!(error instanceof api.WebhookEndpointsError)) throw error;
    const { code, message } = explainFailure(error.failure, account, options);
    context.output.fail({ code, message: message.replaceAll(/\s+/g, ' ') });
    return exitCodes.failed;
  }
}
