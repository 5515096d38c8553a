import * as z from 'zod';
import type { Account } from '../providers/account.ts';

/** The account that a run names unless it names another. */
export const defaultAccountName = 'default';
export const openaiBaseURL = 'https://api.openai.com/v1';

const visible = /^[\x21-\x7e]+$/;

/** The API's address, without slashes at its end. */
export const baseURLVariable = z
  .string()
  .refine(isHttpUrl, `expected an http(s) address that ends in the API's version, such as ${openaiBaseURL}`)
  .transform((url) => url.replace(/\/+$/, ''));

/** The variables that make up the account `default`. */
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
    .string({
      error:
        'expected the signing secret of your webhook endpoint. Set it in the environment of this process',
    })
    .regex(visible, 'expected the signing secret of your webhook endpoint, such as whsec_…')
    .optional(),
  OPENAI_ASSISTANT_ID: z
    .string()
    .regex(visible, 'expected the id of an assistant, such as asst_…')
    .optional(),
};

export function toAccount(variables: {
  OPENAI_API_KEY: string;
  OPENAI_BASE_URL: string;
  OPENAI_WEBHOOK_SECRET?: string | undefined;
  OPENAI_ASSISTANT_ID?: string | undefined;
}): Account {
  const { OPENAI_WEBHOOK_SECRET: secret, OPENAI_ASSISTANT_ID: defaultAssistantId } = variables;
  return {
    name: defaultAccountName,
    apiKey: variables.OPENAI_API_KEY,
    baseURL: variables.OPENAI_BASE_URL,
    webhookSecrets: secret === undefined ? [] : [secret],
    ...(defaultAssistantId === undefined ? {} : { defaultAssistantId }),
  };
}

function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
}
