import type { Command } from 'commander';
import { accountVariable } from '../../../config/accounts.ts';
import { defaultAccountName } from '../../../config/openai.ts';
import type { EndpointWithSecret, WebhookEndpoint } from '../../../providers/webhookEndpoints.ts';
import { exitCodes } from '../../exitCodes.ts';
import type { CommandContext } from '../context.ts';
import { jsonOption } from '../options.ts';
import { accountOption, webhooksCommand, type AccountOptions } from './account.ts';
import { withEndpoints } from './call.ts';
import { isSameUrl, readEndpointUrl } from './url.ts';

interface RegisterOptions extends AccountOptions {
  readonly url: string;
  readonly name?: string;
}

export function addRegisterCommand(webhooks: Command, context: CommandContext): void {
  webhooks
    .command('register')
    .description(
      'Create a webhook endpoint with the events that durable runs need; prints its signing secret',
    )
    .requiredOption('--url <url>', 'where the bridge is reached from outside: https://…')
    .option('--name <name>', 'what the endpoint is called at the provider')
    .addOption(accountOption())
    .addOption(jsonOption())
    .action(context.action((options: RegisterOptions) => register(context, options)));
}

async function register(context: CommandContext, { account, ...options }: RegisterOptions) {
  const { url, hints } = readEndpointUrl(options.url, account);
  const call = {
    account,
    what: 'register the webhook endpoint',
    whenUnknown:
      `It may be there all the same: look with ${webhooksCommand(account, 'list')}. If it is, rotate its secret ` +
      'to get one that is known, or delete it.',
  };
  return withEndpoints(context, call, async ({ endpoints, eventTypes }) => {
    const existing = (await endpoints.list()).find((endpoint) => isSameUrl(endpoint.url, url));
    if (existing !== undefined) {
      context.output.fail({ code: 'endpoint_exists', message: describeExisting(existing, account) });
      return exitCodes.failed;
    }
    const name =
      options.name ?? (account === defaultAccountName ? 'durable-runs' : `durable-runs-${account}`);
    const created = await endpoints.create({ name, url, eventTypes });
    const secretVariable = accountVariable('OPENAI_WEBHOOK_SECRET', account);
    const { endpoint, signingSecret } = created;
    context.output.answer({
      json: { account, ...endpoint, secretVariable, signingSecret, hints },
      text: (paint) => describeCreated(created, account, (text) => paint('bold', text)),
    });
    for (const hint of hints) context.output.hint(hint);
    return exitCodes.done;
  });
}

function describeCreated(
  { endpoint, signingSecret }: EndpointWithSecret,
  account: string,
  emphasize: (text: string) => string,
): string {
  return [
    `Registered ${endpoint.id} (${endpoint.name ?? 'no name'}): ${endpoint.url}`,
    `Events: ${endpoint.eventTypes.join(', ')}`,
    '',
    'Its signing secret, which is shown only this once, for the environment of the bridge:',
    '',
    emphasize(`${accountVariable('OPENAI_WEBHOOK_SECRET', account)}=${signingSecret}`),
    '',
    'Next: put it there, restart every bridge, and try it:',
    webhooksCommand(account, `test ${endpoint.id}`),
  ].join('\n');
}

function describeExisting({ id, name, url }: WebhookEndpoint, account: string): string {
  return (
    `There is a webhook endpoint for ${url} already: ${id} (${name ?? 'no name'}). A second one was not created: ` +
    'everything would be delivered twice. ' +
    `For a new secret: ${webhooksCommand(account, `rotate ${id}`)}. ` +
    `To start anew: ${webhooksCommand(account, `delete ${id}`)}.`
  );
}
