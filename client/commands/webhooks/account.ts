import { Option } from 'commander';
import { accountVariable } from '../../../config/accounts.ts';
import { defaultAccountName } from '../../../config/openai.ts';
import type { Account } from '../../../providers/account.ts';
import { UsageError } from '../errors.ts';
import { runsCommand } from '../waiting.ts';

export interface AccountOptions {
  readonly account: string;
}

export function accountOption(): Option {
  return new Option('--account <name>', 'whose webhook endpoints').default(defaultAccountName);
}

/** @throws {UsageError} when there is none of this name */
export function findAccount(accounts: readonly Account[], name: string): Account {
  const found = accounts.find((account) => account.name === name);
  if (found !== undefined) return found;
  const known = accounts.map((account) => account.name).join(', ');
  const advice =
    name === defaultAccountName
      ? 'Name one of them, or set OPENAI_API_KEY.'
      : `Add it to OPENAI_ACCOUNTS, with its key in ${accountVariable('OPENAI_API_KEY', name)}.`;
  throw new UsageError(
    `--account: expected one of the accounts that are configured here (${known}); got '${name}'. ${advice}`,
  );
}

/** How a webhooks command for the same account is called, in what the commands say: `npm run runs -- webhooks list --account eu`. */
export function webhooksCommand(accountName: string, words: string): string {
  const option = accountName === defaultAccountName ? '' : ` --account ${accountName}`;
  return `${runsCommand} webhooks ${words}${option}`;
}
