import { randomUUID } from 'node:crypto';
import type { WorkflowStartOptions } from '@temporalio/client';
import { checkRunInput, checkWorkflowId, type RunInput } from '../core/input.ts';
import { summarizeRun } from '../core/story.ts';
import { InvalidRunError } from './errors.ts';

/** An id for a run that has no business id of its own. */
export function newRunId(): string {
  return `run-${randomUUID()}`;
}

/** Throws an InvalidRunError that lists every problem, unless a run can be started so. */
export function assertRun(input: unknown, id: string): asserts input is RunInput {
  const check = checkRunInput(input);
  if (!check.ok) throw new InvalidRunError(check.message);
  const problem = id.trim() === '' ? "The run's id is empty: expected a text." : checkWorkflowId(id);
  if (problem !== undefined) throw new InvalidRunError(problem);
}

/**
 * How the run's workflow is started. An id stands for one run for ever: Temporal refuses a second workflow with it, whether the
 * first is running or has ended. What is sent is the input as given, so that a worker of another version fills in defaults of
 * its own and meets no field that nobody asked for.
 */
export function buildStartOptions(input: RunInput, id: string, taskQueue: string): WorkflowStartOptions {
  return {
    workflowId: id,
    taskQueue,
    args: [input],
    workflowIdConflictPolicy: 'FAIL',
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    staticSummary: summarizeRun(input.provider, readText(input, 'model'), input.input),
    staticDetails: describeInput(input),
  };
}

/** What a person reads in the Web UI of what was asked for: short markdown. */
function describeInput(input: RunInput): string {
  const rows: [string, string | undefined][] = [
    ['Provider', input.provider],
    ['Account', input.account],
    ['Assistant', readText(input, 'assistant_id')],
    ['Thread', readText(input, 'thread_id')],
    ['Model', readText(input, 'model')],
    ['Tools', input.tools?.join(', ')],
    ['Waits by', input.policy?.wait?.mode],
  ];
  const given = rows.filter(([, value]) => value !== undefined && value !== '');
  const quoted = given.map(([name, value]) => `- ${name}: \`${value}\``);
  return [`An asynchronous OpenAI run, made durable.`, ...quoted].join('\n');
}

function readText(input: RunInput, field: string): string | undefined {
  const value = input.request?.[field];
  return typeof value === 'string' ? value : undefined;
}
