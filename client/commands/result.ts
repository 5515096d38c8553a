import type { Command } from 'commander';
import { conclude } from './conclude.ts';
import { withRuns, type CommandContext } from './context.ts';
import { jsonOption } from './options.ts';
import { untilResult } from './waiting.ts';

export function addResultCommand(program: Command, context: CommandContext): void {
  program
    .command('result')
    .description("Print a run's answer and what it took; waits for its end")
    .argument('<id>', 'id of the run')
    .addOption(jsonOption())
    .action(
      context.action((id: string) =>
        withRuns(context, ({ runs }) =>
          conclude(context.output, untilResult(context.output, runs.getHandle(id))),
        ),
      ),
    );
}
