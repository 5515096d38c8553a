import { Command, CommanderError } from 'commander';
import type { Environment } from '../config/environment.ts';
import { addCancelCommand } from './commands/cancel.ts';
import type { CommandContext } from './commands/context.ts';
import { describeError } from './commands/errors.ts';
import { addListCommand } from './commands/list.ts';
import { addResultCommand } from './commands/result.ts';
import { addStartCommand } from './commands/start.ts';
import { addStatusCommand } from './commands/status.ts';
import { addWatchCommand } from './commands/watch.ts';
import { addWebhooksCommand } from './commands/webhooks/webhooks.ts';
import { exitCodes, type ExitCode } from './exitCodes.ts';
import { Output, type TextStream } from './output/output.ts';

/** A process, as far as the command line is concerned. */
export interface CommandLineProcess {
  readonly environment: Environment;
  readonly stdin: CommandContext['stdin'];
  readonly stdout: TextStream;
  readonly stderr: TextStream;
}

/** Runs one command, given without the program's name, to its end. Never throws: an error is told, and is in the exit code. */
export async function runCommandLine(given: readonly string[], host: CommandLineProcess): Promise<ExitCode> {
  const { environment, stdin, stdout, stderr } = host;
  // Until the command is understood, whatever looks like the option counts.
  const output = new Output(stdout, stderr, environment, given.includes('--json'));
  let exitCode: ExitCode = exitCodes.done;
  const context: CommandContext = {
    environment,
    output,
    stdin,
    action:
      (work) =>
      async (...args) => {
        exitCode = await work(...args);
      },
  };
  try {
    await buildProgram(context, host).parseAsync([...given], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return concludeCommander(error, output);
    const { code, message, exitCode: failed } = describeError(error);
    output.fail({ code, message });
    return failed;
  }
}

function buildProgram(context: CommandContext, { stdout, stderr }: CommandLineProcess): Command {
  const { output } = context;
  const program = new Command('runs')
    .description("Starts durable runs of OpenAI's asynchronous APIs, and follows them")
    .exitOverride()
    .showHelpAfterError('Add --help to see what is expected.')
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void (output.isJson || stderr.write(text)),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText('after', exitCodeHelp)
    .hook('preAction', (_program, command) => {
      output.isJson = command.getOptionValue('json') === true;
    });
  const add = [
    addStartCommand,
    addWatchCommand,
    addResultCommand,
    addStatusCommand,
    addListCommand,
    addCancelCommand,
    addWebhooksCommand,
  ];
  for (const addCommand of add) addCommand(program, context);
  return program;
}

const exitCodeHelp = `
Exit codes:
  0    done; if the command waited for a run, it completed
  1    the run did not complete
  2    the command could not do its job: usage, configuration, unknown run, no
       Temporal server
  130  interrupted; the run goes on

Environment:
  TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, …  where Temporal is, as for all of its
                                           tools; localhost:7233, default
  TEMPORAL_UI_URL                          where its Web UI is, for links
  DURABLE_RUNS_TASK_QUEUE                  what the workers poll; durable-runs
  PAYLOAD_ENCRYPTION_KEYS                  the workers' keys, where they encrypt
  NO_COLOR                                 no colours`;

/** Commander has already said on standard error what is wrong. */
function concludeCommander(error: CommanderError, output: Output): ExitCode {
  if (error.exitCode === 0) return exitCodes.done;
  const { code, message, exitCode } = describeError(error);
  if (output.isJson)
    output.fail({ code, message: message === '(outputHelp)' ? 'No command was given.' : message });
  return exitCode;
}
