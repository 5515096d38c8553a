import { defaultAccountName, isAccountName } from './openai.ts';

/** Where the webhooks of the account `default` are delivered. */
export const webhookPath = '/webhooks/openai';

/**
 * Where an account's webhooks are delivered: `/webhooks/openai`, and for a named account its name after that.
 *
 * @throws {Error} when the name cannot stand in an address as it is
 */
export function webhookPathOf(accountName: string): string {
  if (accountName === defaultAccountName) return webhookPath;
  if (!isAccountName(accountName)) {
    throw new Error(
      `The account '${accountName}' can have no webhook path: expected a name of lower-case letters, digits and hyphens that ` +
        'begins with a letter. Give it such a name.',
    );
  }
  return `${webhookPath}/${accountName}`;
}
