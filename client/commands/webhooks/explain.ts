import { accountVariable } from '../../../config/accounts.ts';
import { failureTypes } from '../../../core/failures.ts';
import type { Account } from '../../../providers/account.ts';
import type { Problem } from '../../../providers/problem.ts';
import type { EndpointFailure } from '../../../providers/webhookEndpoints.ts';
import { webhooksCommand } from './account.ts';

/** What the user wanted of an account's API, and what to say when it is not known whether it was done. */
export interface Wish {
  /** As in "could not …". */
  readonly what: string;
  /** Absent for what changes nothing. */
  readonly whenUnknown?: string;
}

/** For people a message, for machines a code. */
export interface Explanation {
  readonly code: string;
  readonly message: string;
}

/** What stood in the way of a wish, and what to do about it. */
export function explainFailure(failure: EndpointFailure, account: Account, wish: Wish): Explanation {
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
          `${webhooksCommand(name, 'list')} shows those that there are.`,
      };
    case 'problem':
      return explainProblem(failure.problem, name, wish);
  }
}

function explainProblem(
  { type, message, details }: Problem,
  accountName: string,
  { what, whenUnknown }: Wish,
): Explanation {
  const said = message.replace(/\.?\s*$/, '.');
  const keyVariable = accountVariable('OPENAI_API_KEY', accountName);
  // OpenAI answers 401, too, to a key that is restricted to other scopes.
  const isForbidden = type === failureTypes.permission || /missing scopes|insufficient perm/i.test(message);
  if (isForbidden)
    return {
      code: 'permission',
      message:
        `The key of the account '${accountName}' may not manage webhooks: ${said} ` +
        `Set ${keyVariable} to one that may: unrestricted, or with read and write access to webhooks.`,
    };
  if (type === failureTypes.authentication)
    return {
      code: 'authentication',
      message: `The API refused the key of the account '${accountName}': ${said} Check ${keyVariable}.`,
    };
  const unknown = details.effect === 'unknown' && whenUnknown !== undefined ? ` ${whenUnknown}` : '';
  return { code: type, message: `Could not ${what}: ${said}${unknown}` };
}
