import type { Command } from 'commander';
import { accountVariable } from '../../../config/accounts.ts';
import { exitCodes } from '../../exitCodes.ts';
import type { CommandContext } from '../context.ts';
import { jsonOption } from '../options.ts';
import { accountOption, webhooksCommand, type AccountOptions } from './account.ts';
import { withEndpoints } from './call.ts';
import { endpointIdArgument } from './endpointId.ts';

interface RotateOptions extends AccountOptions {
  readonly now?: boolean;
}

export function addRotateCommand(webhooks: Command, context: CommandContext): void {
  webhooks
    .command('rotate')
    .description('Give a webhook endpoint a new signing secret; the old one stays valid for 24 hours')
    .addArgument(endpointIdArgument())
    .option('--now', 'the old secret dies at once, as when it has become known')
    .addOption(accountOption())
    .addOption(jsonOption())
    .action(context.action((id: string, options: RotateOptions) => rotate(context, id, options)));
}

async function rotate(context: CommandContext, id: string, { account, now = false }: RotateOptions) {
  const call = {
    account,
    what: `rotate the secret of the webhook endpoint ${id}`,
    whenUnknown: 'It may have been rotated all the same: do it again, to get a secret that is known.',
  };
  return withEndpoints(context, call, async ({ endpoints }) => {
    const { endpoint, signingSecret } = await endpoints.rotate(id, { keepOld: !now });
    const secretVariable = accountVariable('OPENAI_WEBHOOK_SECRET', account);
    context.output.answer({
      json: { account, ...endpoint, secretVariable, signingSecret, oldSecretValidForHours: now ? 0 : 24 },
      text: (paint) => {
        const setting = (value: string): string => paint('bold', `${secretVariable}=${value}`);
        const lines = now ? explainNow(signingSecret, setting) : explainOverlap(signingSecret, setting);
        return [
          `${endpoint.id} has a new signing secret, which is shown only this once.`,
          ...lines,
          `Try it: ${webhooksCommand(account, `test ${endpoint.id}`)}`,
        ].join('\n');
      },
    });
    return exitCodes.done;
  });
}

type Setting = (value: string) => string;

function explainOverlap(secret: string, setting: Setting): string[] {
  return [
    'The old one is valid for 24 hours more: until then events may be signed with either, or with both.',
    '',
    'Now: both into the environment of every bridge, with the one that is there as OLD, and restart the bridges:',
    '',
    setting(`${secret},OLD`),
    '',
    'After 24 hours: without the old one, and restart the bridges:',
    '',
    setting(secret),
    '',
  ];
}

function explainNow(secret: string, setting: Setting): string[] {
  return [
    'The old one is not valid any more: until the bridges have the new one they refuse events, which are delivered again.',
    '',
    'Now: into the environment of every bridge, and restart the bridges:',
    '',
    setting(secret),
    '',
  ];
}
