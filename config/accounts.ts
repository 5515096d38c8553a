import * as z from 'zod';
import type { Account } from '../providers/account.ts';
import {
  collectProblems,
  ConfigurationError,
  describeGiven,
  readEnvironment,
  readVariable,
  type Environment,
} from './environment.ts';
import {
  defaultAccountName,
  isAccountName,
  openaiVariables,
  toAccount,
  type OpenaiVariable,
} from './openai.ts';
import { findStrayVariables } from './strayVariables.ts';

export interface AccountsOptions {
  /** The providers that this process has: `OPENAI_PROVIDER` must be one of them. */
  readonly providerNames: readonly string[];
  /** Whether one account at least must have a webhook secret; false by default. */
  readonly needsWebhookSecret?: boolean;
}

/**
 * The accounts of a process: `default` out of the variables without a suffix, first, and one for each name in `OPENAI_ACCOUNTS`, whose
 * variables end in `__` and its name: `OPENAI_API_KEY__EU`. No account inherits anything from another, nor from `default`: a key never
 * goes to an address that was not given with it, and where no address was given it goes to OpenAI's own. With `OPENAI_ACCOUNTS`
 * set there need be no account `default`.
 *
 * @throws {ConfigurationError} with everything that is wrong with them, misspelt variables included
 */
export function readAccounts(environment: Environment, options: AccountsOptions): readonly Account[] {
  const problems: string[] = [];
  const listed = listNames(environment);
  const wrong = explainNames(listed);
  const named = listed.filter((name, index) => wrong[index] === undefined);
  problems.push(...wrong.filter((problem) => problem !== undefined));

  const names = hasDefault(environment, listed, problems) ? [defaultAccountName, ...named] : named;
  const schema = z.object({ ...openaiVariables, OPENAI_PROVIDER: providerVariable(options.providerNames) });
  const accounts = names.flatMap((name) => {
    const read = collectProblems(
      () => toAccount(name, readEnvironment(schema, environment, suffixOf(name))),
      problems,
    );
    return read === undefined ? [] : [read.value];
  });
  if (options.needsWebhookSecret === true) problems.push(...findMissingSecret(environment, names));
  // A name that was refused has been told of: its variables are no mistake of their own.
  const suffixes = new Set(listed.filter((name) => name !== defaultAccountName).map(suffixOf));
  problems.push(...findStrayVariables(environment, [...suffixes]));
  if (problems.length > 0) throw new ConfigurationError(problems);
  return accounts;
}

/** The name of an account's variable. */
export function accountVariable(variable: OpenaiVariable, accountName: string): string {
  return `${variable}${suffixOf(accountName)}`;
}

/** Different for every two names that are allowed, which have neither capitals nor underscores. */
function suffixOf(accountName: string): string {
  return accountName === defaultAccountName ? '' : `__${accountName.toUpperCase().replaceAll('-', '_')}`;
}

function listNames(environment: Environment): readonly string[] {
  const text = readVariable(environment, 'OPENAI_ACCOUNTS');
  return text === undefined ? [] : text.split(',').map((name) => name.trim());
}

/** For each name what is wrong with it, or undefined. */
function explainNames(listed: readonly string[]): readonly (string | undefined)[] {
  return listed.map((name, index) => {
    const explain = (expected: string): string =>
      `OPENAI_ACCOUNTS: expected ${expected}; got ${describeGiven('OPENAI_ACCOUNTS', name)}`;
    if (name === defaultAccountName)
      return explain(
        `the names of further accounts: '${defaultAccountName}' is the one whose variables have no suffix. Leave it out`,
      );
    if (!isAccountName(name))
      return explain(
        'names of lower-case letters, digits and hyphens that begin with a letter, with commas between them, such as eu,research',
      );
    return listed.indexOf(name) === index ? undefined : explain('each name once');
  });
}

/** Without a key there is no account `default`, which is only right when there are others, and when nothing else of it is set. */
function hasDefault(environment: Environment, listed: readonly string[], problems: string[]): boolean {
  if (listed.length === 0 || readVariable(environment, 'OPENAI_API_KEY') !== undefined) return true;
  const set = Object.keys(openaiVariables).filter((name) => readVariable(environment, name) !== undefined);
  if (set.length > 0) {
    problems.push(
      `OPENAI_API_KEY: expected the API key that goes with ${set.join(', ')}. ` +
        `Set it, or unset what belongs to no account, or give it the suffix of one; got nothing`,
    );
  }
  return false;
}

function providerVariable(names: readonly string[]): z.ZodOptional<z.ZodString> {
  return z
    .string()
    .refine((name) => names.includes(name), `expected the name of a provider: ${names.join(' or ')}`)
    .optional();
}

function findMissingSecret(environment: Environment, names: readonly string[]): readonly string[] {
  const variables = names.map((name) => accountVariable('OPENAI_WEBHOOK_SECRET', name));
  const isSet = variables.some((variable) => readVariable(environment, variable) !== undefined);
  if (isSet || variables.length === 0) return [];
  return [
    `${variables.join(' or ')}: expected the signing secret of your webhook endpoint. ` +
      'Set it in the environment of this process; got nothing',
  ];
}
