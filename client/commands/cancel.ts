import type { Command } from 'commander';
import { exitCodes } from '../exitCodes.ts';
import { withRuns, type CommandContext } from './context.ts';
import { jsonOption } from './options.ts';
import { runsCommand } from './waiting.ts';

export function addCancelCommand(program: Command, context: CommandContext): void {
  program
    .command('cancel')
    .description("Cancel a run, and the provider's run with it; does not wait for its end")
    .argument('<id>', 'id of the run')
    .addOption(jsonOption())
    .action(
      context.action((id: string) =>
        withRuns(context, async ({ runs }) => {
          const cancel = await runs.getHandle(id).cancel();
          context.output.answer({ json: { id, cancel }, text: () => describeCancel(id, cancel) });
          return exitCodes.done;
        }),
      ),
    );
}

function describeCancel(id: string, cancel: 'requested' | 'already_ended'): string {
  switch (cancel) {
    case 'requested':
      return `Asked ${id} to cancel.\nNext: ${runsCommand} watch ${id}`;
    case 'already_ended':
      return `${id} had already ended: there was nothing to cancel.\nNext: ${runsCommand} status ${id}`;
  }
}
