import { accountVariable, readAccounts } from '../../../config/accounts.ts';
import { failureTypes } from '../../../core/failures.ts';
import type { Account } from '../../../providers/account.ts';
import type { EndpointFailure, WebhookEndpoints } from '../../../providers/webhookEndpoints.ts';
import { exitCodes, type ExitCode } from '../../exitCodes.ts';
import type { CommandContext } from '../context.ts';
import { runsCommand } from '../waiting.ts';
import { findAccount } from './account.ts';

/** What a webhooks command works with. */
export interface Calling {
  readonly account: Account;
  readonly endpoints: WebhookEndpoints;
  /** The event types that runs need, whichever provider they use. */
  readonly eventTypes: readonly string[];
}

export interface CallOptions {
  readonly account: string;
  /** What the user wanted, as in "could not …". */
  readonly what: string;
  /** What to do when nobody knows whether it was done; absent for what changes nothing. */
  readonly whenUnknown?: string;
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
    const { code, message } = describeFailure(error.failure, account, options);
    context.output.fail({ code, message: message.replaceAll(/\s+/g, ' ') });
    return exitCodes.failed;
  }
}

interface Described {
  readonly code: string;
  readonly message: string;
}

function describeFailure(failure: EndpointFailure, account: Account, options: CallOptions): Described {
  const { name, baseURL } = account;
  switch (failure.kind) {
    case 'no_api':
      return {
        code: 'no_webhooks_api',
        message:
          `This server has no webhook endpoints API (${baseURL}): set the endpoint up where the server is configured, ` +
          `and put its signing secret into ${accountVariable('OPENAI_WEBHOOK_SECRET', name)} where the bridge runs.`,
      };
    case 'unknown_endpoint':
      return {
        code: 'endpoint_not_found',
        message:
          `There is no webhook endpoint '${failure.id}' in the project of the account '${name}'. ` +
          `${runsCommand} webhooks list shows those that there are.`,
      };
    case 'problem':
      return describeProblem(failure.problem, account, options);
  }
}

type Problem = Extract<EndpointFailure, { kind: 'problem' }>['problem'];

function describeProblem(
  { type, message, details }: Problem,
  { name }: Account,
  { what, whenUnknown }: CallOptions,
): Described {
  const said = message.replace(/\.?\s*$/, '.');
  const keyVariable = accountVariable('OPENAI_API_KEY', name);
  // OpenAI answers 401, too, to a key that is restricted to other scopes.
  const isForbidden = type === failureTypes.permission || /missing scopes|insufficient perm/i.test(message);
  if (isForbidden)
    return {
      code: 'permission',
      message:
        `The key of the account '${name}' may not manage webhooks: ${said} ` +
        `Set ${keyVariable} to one that may: unrestricted, or with read and write access to webhooks.`,
    };
  if (type === failureTypes.authentication)
    return {
      code: 'authentication',
      message: `The API refused the key of the account '${name}': ${said} Check ${keyVariable}.`,
    };
  const unknown = details.effect === 'unknown' && whenUnknown !== undefined ? ` ${whenUnknown}` : '';
  return { code: type, message: `Could not ${what}: ${said}${unknown}` };
}
