import type { Command } from 'commander';
import { linkToRun } from '../configuration.ts';
import { exitCodes } from '../exitCodes.ts';
import { renderKnownRun } from '../output/renderKnownRun.ts';
import { withRuns, type CommandContext } from './context.ts';
import { jsonOption } from './options.ts';

export function addStatusCommand(program: Command, context: CommandContext): void {
  program
    .command('status')
    .description('Show what a run is doing, and what it took so far')
    .argument('<id>', 'id of the run')
    .addOption(jsonOption())
    .action(
      context.action((id: string) =>
        withRuns(context, async ({ runs, configuration }) => {
          const run = await runs.getHandle(id).report();
          const webUi = linkToRun(configuration, id);
          context.output.answer({
            json: { ...run, webUi },
            text: (paint) => renderKnownRun(run, webUi, paint),
          });
          return exitCodes.done;
        }),
      ),
    );
}
