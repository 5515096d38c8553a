import type { Command } from 'commander';
import { exitCodes } from '../../exitCodes.ts';
import type { CommandContext } from '../context.ts';
import { jsonOption } from '../options.ts';
import { accountOption, webhooksCommand, type AccountOptions } from './account.ts';
import { withEndpoints } from './call.ts';
import { endpointIdArgument } from './endpointId.ts';
import { describeEventTypes } from './list.ts';

interface DeleteOptions extends AccountOptions {
  readonly yes?: boolean;
}

export function addDeleteCommand(webhooks: Command, context: CommandContext): void {
  webhooks
    .command('delete')
    .description('Delete a webhook endpoint; without --yes, only say which')
    .addArgument(endpointIdArgument())
    .option('--yes', 'do it')
    .addOption(accountOption())
    .addOption(jsonOption())
    .action(context.action((id: string, options: DeleteOptions) => deleteEndpoint(context, id, options)));
}

async function deleteEndpoint(context: CommandContext, id: string, { account, yes = false }: DeleteOptions) {
  const call = {
    account,
    what: `delete the webhook endpoint ${id}`,
    whenUnknown: `It may be gone all the same: look with ${webhooksCommand(account, 'list')}.`,
  };
  return withEndpoints(context, call, async ({ endpoints }) => {
    if (!yes) {
      const { name, url, eventTypes } = await endpoints.retrieve(id);
      context.output.fail({
        code: 'not_confirmed',
        message:
          `This would delete ${id} (${name ?? 'no name'}): ${url}, events ${describeEventTypes(eventTypes)}. ` +
          'Nothing was deleted; add --yes to do it.',
      });
      return exitCodes.failed;
    }
    await endpoints.delete(id);
    context.output.answer({
      json: { id, account, deleted: true },
      text: () => `Deleted ${id}. Runs learn of their ends by their own checks from now on.`,
    });
    return exitCodes.done;
  });
}
