import * as z from 'zod';
import type { Account } from '../providers/account.ts';

/** The account that a run names unless it names another. */
export const defaultAccountName = 'default';

/** Stands in paths and, in capitals, in the names of variables: as it is, and different for every two names. */
export function isAccountName(text: string): boolean {
  return /^[a-z][a-z0-9-]*$/.test(text);
}

export const openaiBaseURL = 'https://api.openai.com/v1';

const visible = /^[\x21-\x7e]+$/;

/** The API's address, without slashes at its end. */
const baseURLVariable = z
  .string()
  .refine(isHttpUrl, `expected an http(s) address that ends in the API's version, such as ${openaiBaseURL}`)
  .transform((url) => url.replace(/\/+$/, ''));

/** At a rotation OpenAI keeps the old secret valid for 24 hours when asked to (`keep_old_secret_active_for_24_hours`). */
const maximumSecrets = 2;

const expectedSecrets =
  'expected the signing secret of your webhook endpoint, such as whsec_…; during a rotation two with a comma between them, ' +
  'the new one first';

/**
 * The variables that make up one account: as they are for the account `default`, with a suffix for the others. A secret's value stays
 * the text that was set, so that it can be handed to another process.
 */
export const openaiVariables = {
  OPENAI_API_KEY: z
    .string({
      error: 'expected the API key of your OpenAI project. Set it in the environment of this process',
    })
    .regex(
      visible,
      'expected an API key: visible ASCII characters only. Remove spaces, quotes and line breaks from it',
    ),
  OPENAI_BASE_URL: baseURLVariable.prefault(openaiBaseURL),
  OPENAI_WEBHOOK_SECRET: z
    .string()
    .superRefine((text, context) => {
      const problem = explainSecrets(splitSecrets(text));
      if (problem !== undefined) context.addIssue(problem);
    })
    .optional(),
  OPENAI_PROVIDER: z.string().regex(visible, 'expected the name of a provider').optional(),
  OPENAI_MODEL: z.string().regex(visible, 'expected the id of a model').optional(),
  OPENAI_ASSISTANT_ID: z
    .string()
    .regex(visible, 'expected the id of an assistant, such as asst_…')
    .optional(),
};

export type OpenaiVariable = keyof typeof openaiVariables;

/** The values of an account's variables. */
export interface OpenaiValues {
  readonly OPENAI_API_KEY: string;
  readonly OPENAI_BASE_URL: string;
  readonly OPENAI_WEBHOOK_SECRET?: string | undefined;
  readonly OPENAI_PROVIDER?: string | undefined;
  readonly OPENAI_MODEL?: string | undefined;
  readonly OPENAI_ASSISTANT_ID?: string | undefined;
}

export function toAccount(name: string, values: OpenaiValues): Account {
  const { OPENAI_WEBHOOK_SECRET: secrets, OPENAI_PROVIDER: defaultProvider } = values;
  const { OPENAI_MODEL: defaultModel, OPENAI_ASSISTANT_ID: defaultAssistantId } = values;
  return {
    name,
    apiKey: values.OPENAI_API_KEY,
    baseURL: values.OPENAI_BASE_URL,
    webhookSecrets: secrets === undefined ? [] : splitSecrets(secrets),
    ...(defaultProvider === undefined ? {} : { defaultProvider }),
    ...(defaultModel === undefined ? {} : { defaultModel }),
    ...(defaultAssistantId === undefined ? {} : { defaultAssistantId }),
  };
}

function splitSecrets(text: string): string[] {
  return text.split(',').map((secret) => secret.trim());
}

function explainSecrets(secrets: readonly string[]): string | undefined {
  if (secrets.includes('')) return `${expectedSecrets}. Remove the comma that has no secret beside it`;
  if (secrets.length > maximumSecrets) return `${expectedSecrets}. Remove the oldest`;
  return secrets.every(isSecret) ? undefined : expectedSecrets;
}

const secretPrefix = 'whsec_';

/** After the prefix comes a key in base64. Where there is none, everybody could sign. */
function isSecret(secret: string): boolean {
  if (!visible.test(secret)) return false;
  return (
    !secret.startsWith(secretPrefix) || Buffer.from(secret.slice(secretPrefix.length), 'base64').length > 0
  );
}

function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
}
