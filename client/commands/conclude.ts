import type { RunResult } from '../../core/result.ts';
import { RunNotCompletedError } from '../errors.ts';
import { exitCodes, type ExitCode } from '../exitCodes.ts';
import type { Output } from '../output/output.ts';
import { describeAnswer, describeCost } from '../output/renderResult.ts';

/** Shows how a run ended, as the command's answer. */
export async function conclude(output: Output, ended: Promise<RunResult>): Promise<ExitCode> {
  try {
    const result = await ended;
    output.answer({
      json: result,
      text: (paint) => `${describeAnswer(result) ?? ''}\n\n${paint('dim', describeCost(result))}`,
    });
    return exitCodes.done;
  } catch (error) {
    if (!(error instanceof RunNotCompletedError)) throw error;
    showNotCompleted(output, error);
    return exitCodes.notCompleted;
  }
}

function showNotCompleted(
  output: Output,
  { id, status, type, reason, result, message }: RunNotCompletedError,
): void {
  output.hint(output.paint('red', message));
  const answer = result === null ? null : describeAnswer(result);
  const json = result ?? { id, status, error: { code: type ?? status, message: reason } };
  output.answer({
    json,
    text: (paint) =>
      result === null
        ? `${status}; what it took is not known`
        : [...(answer === null ? [] : [answer, '']), paint('dim', describeCost(result))].join('\n'),
  });
}
