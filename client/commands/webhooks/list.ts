import type { Command } from 'commander';
import type { WebhookEndpoint } from '../../../providers/webhookEndpoints.ts';
import { exitCodes } from '../../exitCodes.ts';
import type { Paint } from '../../output/output.ts';
import { formatTime } from '../../output/phrases.ts';
import { renderTable } from '../../output/table.ts';
import type { CommandContext } from '../context.ts';
import { jsonOption } from '../options.ts';
import { accountOption, type AccountOptions } from './account.ts';
import { withEndpoints } from './call.ts';

export function addListEndpointsCommand(webhooks: Command, context: CommandContext): void {
  webhooks
    .command('list')
    .description("List the webhook endpoints of the account's project, newest first")
    .addOption(accountOption())
    .addOption(jsonOption())
    .action(
      context.action(({ account }: AccountOptions) =>
        withEndpoints(context, { account, what: 'list the webhook endpoints' }, async ({ endpoints }) => {
          const found = await endpoints.list();
          context.output.answer({
            json: { account, endpoints: found },
            text: (paint) => (found.length === 0 ? 'No webhook endpoints.' : renderEndpoints(found, paint)),
          });
          return exitCodes.done;
        }),
      ),
    );
}

function renderEndpoints(endpoints: readonly WebhookEndpoint[], paint: Paint): string {
  const head = ['ID', 'NAME', 'URL', 'EVENTS', 'CREATED'].map((name) => paint('bold', name));
  const rows = endpoints.map(({ id, name, url, eventTypes, createdAtMs }) => [
    id,
    name ?? '-',
    url,
    describeEventTypes(eventTypes),
    createdAtMs === null ? '-' : formatTime(createdAtMs),
  ]);
  return renderTable([head, ...rows]);
}

/** More would not fit into a line of a terminal; `--json` has all. */
const shownEventTypes = 2;

export function describeEventTypes(types: readonly string[]): string {
  const more = types.length - shownEventTypes;
  const shown = types.slice(0, shownEventTypes).join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown || '-';
}
