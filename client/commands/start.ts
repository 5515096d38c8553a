import { Option, type Command } from 'commander';
import { waitModes } from '../../core/policy.ts';
import { linkToRun } from '../configuration.ts';
import { exitCodes, type ExitCode } from '../exitCodes.ts';
import { assertRun, newRunId } from '../startOptions.ts';
import { conclude } from './conclude.ts';
import { withRuns, type CommandContext } from './context.ts';
import { collect, jsonOption, parseJsonObject } from './options.ts';
import { readText, type TextOptions } from './readText.ts';
import { buildRunInput, type RunOptions } from './runInput.ts';
import { runsCommand, untilResult } from './waiting.ts';

interface StartOptions extends RunOptions, TextOptions {
  readonly id?: string;
  readonly wait?: boolean;
}

export function addStartCommand(program: Command, context: CommandContext): void {
  program
    .command('start')
    .description('Start a run')
    .option('--input <text>', "the user's message")
    .option('--input-file <file>', 'read the message from a file; - for standard input')
    .option('--assistant <id>', 'the assistant that answers (provider assistant)')
    .option('--thread <id>', 'the thread to go on with (provider assistant); a new one by default')
    .option('--model <name>', "the model; the account's or the assistant's by default")
    .option('--instructions <text>', 'what the model is told beside the message')
    .option('--tool <name>', "a tool of the worker's that the model may call; may be repeated", collect, [])
    .addOption(new Option('--mode <mode>', 'how the run waits; polling by default').choices(waitModes))
    .option(
      '--provider <name>',
      "which OpenAI API (docs/providers.md names them); the account's choice by default",
    )
    .option('--account <name>', "which of the worker's accounts pays; default by default")
    .option('--id <id>', 'an id of your own: the same id never starts a second run')
    .option('--policy <json>', 'the policy, or parts of it, as JSON', parseJsonObject)
    .option('--request <json>', "more fields for the provider's create call, as JSON", parseJsonObject)
    .option('--wait', 'wait for the result')
    .addOption(jsonOption())
    .action(context.action((options: StartOptions) => start(context, options)));
}

async function start(context: CommandContext, options: StartOptions): Promise<ExitCode> {
  const { output } = context;
  const input: unknown = buildRunInput(options, await readText(options, context.stdin));
  const id = options.id ?? newRunId();
  // Here too, so that a mistake is told without a Temporal server.
  assertRun(input, id);

  return withRuns(context, async ({ runs, configuration }) => {
    const run = await runs.start(input, { id });
    const webUi = linkToRun(configuration, id);
    const story = run.isNew ? `Started ${id}` : `${id} exists already: nothing was started`;
    const link = webUi === null ? [] : [`Web UI: ${webUi}`];
    if (options.wait === true) {
      output.hint([story, ...link].join('\n'));
      return conclude(output, untilResult(output, run));
    }
    const next = `Next: ${runsCommand} watch ${id}`;
    output.answer({ json: { id, isNew: run.isNew, webUi }, text: () => [story, next, ...link].join('\n') });
    return exitCodes.done;
  });
}
