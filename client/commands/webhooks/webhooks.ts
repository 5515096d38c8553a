import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { addDeleteCommand } from './delete.ts';
import { addListEndpointsCommand } from './list.ts';
import { addRegisterCommand } from './register.ts';
import { addRotateCommand } from './rotate.ts';
import { addTestCommand } from './testEndpoint.ts';

/** Webhook endpoints are managed with the API: no dashboard is needed. These commands need the account's key, and no Temporal. */
export function addWebhooksCommand(program: Command, context: CommandContext): void {
  const webhooks = program
    .command('webhooks')
    .description("Set up the provider's webhooks: register, list, test, rotate, delete")
    .addHelpText('after', environmentHelp);
  const add = [
    addRegisterCommand,
    addListEndpointsCommand,
    addTestCommand,
    addRotateCommand,
    addDeleteCommand,
  ];
  for (const addCommand of add) addCommand(webhooks, context);
}

const environmentHelp = `
Environment:
  OPENAI_API_KEY   a key of the project whose webhooks these are; it must be
                   allowed to manage them
  OPENAI_BASE_URL  the API's address; https://api.openai.com/v1
  OPENAI_ACCOUNTS  names of further accounts, for --account: the variables of
                   the account eu are OPENAI_API_KEY__EU and so on`;
