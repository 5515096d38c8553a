import { Option, type Command } from 'commander';
import { exitCodes } from '../exitCodes.ts';
import { listableStatuses, type ListOptions } from '../listQuery.ts';
import { renderList } from '../output/renderList.ts';
import { withRuns, type CommandContext } from './context.ts';
import { jsonOption, parseInteger } from './options.ts';

export function addListCommand(program: Command, context: CommandContext): void {
  program
    .command('list')
    .description('List runs: those that are going, then the latest that ended')
    .addOption(new Option('--status <status>', 'only runs with this status').choices(listableStatuses))
    .addOption(
      new Option('--limit <number>', 'at most so many').argParser(parseInteger(1, 10_000)).default(20),
    )
    .addOption(jsonOption())
    .action(
      context.action((options: ListOptions) =>
        withRuns(context, async ({ runs }) => {
          const found = await runs.list(options);
          context.output.answer({
            json: { runs: found },
            text: (paint) => (found.length === 0 ? 'No runs.' : renderList(found, Date.now(), paint)),
          });
          return exitCodes.done;
        }),
      ),
    );
}
