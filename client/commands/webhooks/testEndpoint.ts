import type { Command } from 'commander';
import { accountVariable } from '../../../config/accounts.ts';
import { webhookPathOf } from '../../../config/webhookPath.ts';
import { exitCodes } from '../../exitCodes.ts';
import type { CommandContext } from '../context.ts';
import { jsonOption } from '../options.ts';
import { accountOption, webhooksCommand, type AccountOptions } from './account.ts';
import { withEndpoints, type Calling } from './call.ts';
import { endpointIdArgument } from './endpointId.ts';

interface TestOptions extends AccountOptions {
  readonly event?: string;
}

export function addTestCommand(webhooks: Command, context: CommandContext): void {
  webhooks
    .command('test')
    .description('Have a sample event delivered to a webhook endpoint, and tell what the receiver answered')
    .addArgument(endpointIdArgument())
    .option('--event <type>', 'type of the sample event; by default one that is about no run')
    .addOption(accountOption())
    .addOption(jsonOption())
    .action(context.action((id: string, options: TestOptions) => test(context, id, options)));
}

async function test(context: CommandContext, id: string, { account, event }: TestOptions) {
  const call = { account, what: `test the webhook endpoint ${id}` };
  return withEndpoints(context, call, async (calling) => {
    const candidates = event === undefined ? await chooseEventTypes(calling) : [event];
    const { eventType, statusCode } = await calling.endpoints.sendTest(id, candidates);
    const accepted = statusCode >= 200 && statusCode < 300;
    const advice = accepted ? null : explainStatus(statusCode, account);
    context.output.answer({
      json: { id, account, eventType, statusCode, accepted, advice },
      text: (paint) =>
        `${id}: the receiver answered ${paint(accepted ? 'green' : 'red', String(statusCode))} to ${eventType}.`,
    });
    if (advice !== null) context.output.hint(advice);
    return accepted ? exitCodes.done : exitCodes.failed;
  });
}

/**
 * First an event that is about no run: the bridge verifies it, and acknowledges it without asking anybody. A sample of a run's event is about
 * an object that does not exist, which the bridge takes for one that cannot be read yet: 503. But a server may have no other, or take none
 * that the endpoint is not subscribed to.
 */
async function chooseEventTypes({ endpoints, eventTypes }: Calling): Promise<readonly string[]> {
  const offered = await endpoints.listEventTypes().catch(() => []);
  const others = offered.filter((type) => !eventTypes.includes(type));
  return [...others.slice(0, 1), ...eventTypes.slice(0, 1)];
}

/** What a status that is no success says, if it is the bridge that answers, or a proxy before it. */
function explainStatus(status: number, account: string): string {
  return `${adviceFor(status, account)} docs/webhooks.md has more.`;
}

function adviceFor(status: number, account: string): string {
  const secretVariable = accountVariable('OPENAI_WEBHOOK_SECRET', account);
  if (status >= 300 && status < 400)
    return 'Redirects are not followed: register the URL that this one leads to.';
  switch (status) {
    case 400:
      return (
        `The bridge answers 400 to a signature that does not fit. Look at its log, and at ${secretVariable}: it must hold ` +
        'the secret of this endpoint, the bridge must have been restarted since, and its clock must be right to five minutes.'
      );
    case 404:
    case 405:
      return (
        `Nothing takes in webhooks there: the bridge does at ${webhookPathOf(account)}, and only with ${secretVariable} in its ` +
        `environment. Compare the URL (${webhooksCommand(account, 'list')}), and look at the proxy before the bridge.`
      );
    case 413:
      return 'The body was too large for whatever answered: a proxy must let 1 MiB through.';
    case 502:
    case 504:
      return 'The proxy or tunnel is there, and the bridge behind it did not answer: is it running, and where the proxy looks for it?';
    case 503:
      return (
        'The bridge, if it was the bridge that answered, could not hand the event over: its log says why. Look at its /readyz, at Temporal, ' +
        "and at its API key. (A sample of a run's own event is always answered so: what it is about cannot be read.)"
      );
    default:
      return 'Anything but 2xx is delivered again, for up to 72 hours. Look at the log of the bridge, and of the proxy before it.';
  }
}
