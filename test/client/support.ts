import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { runCommandLine } from '../../client/commandLine.ts';
import type { Environment } from '../../config/environment.ts';
import type { JsonObject } from '../../core/json.ts';
import type { RunResult } from '../../core/result.ts';
import { noUsage } from '../../core/usage.ts';
import { SCRIPT_KEY, type Script } from '../../simulator/index.ts';
import { childEnvironment } from '../support/childEnvironment.ts';

/** What a command left behind. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The environment of a command, or of a client, that works with this task queue on the tests' server. */
export function environmentFor(taskQueue: string): Record<string, string> {
  return { TEMPORAL_ADDRESS: inject('temporalAddress'), DURABLE_RUNS_TASK_QUEUE: taskQueue };
}

/** Runs a command within this process. */
export async function runHere(
  given: readonly string[],
  environment: Environment,
  options: { readonly stdin?: string; readonly onWritten?: (piece: string) => void } = {},
): Promise<Ended> {
  const written = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => ({
    write: (piece: string) => {
      written[name] += piece;
      options.onWritten?.(piece);
    },
  });
  const code = await runCommandLine(given, {
    environment,
    stdin: Readable.from([Buffer.from(options.stdin ?? '')]),
    stdout: stream('stdout'),
    stderr: stream('stderr'),
  });
  return { code, ...written };
}

const mainPath = fileURLToPath(new URL('../../client/main.ts', import.meta.url));

/** Runs a command as a process of its own, as a user does. */
export async function runProcess(
  given: readonly string[],
  environment: Readonly<Record<string, string>>,
  options: {
    readonly stdin?: string;
    /** Ctrl-C, as soon as this has been written. */
    readonly interruptAfter?: RegExp;
  } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [mainPath, ...given], {
    env: { ...childEnvironment(), ...environment },
  });
  child.stdin.end(options.stdin ?? '');
  let { interruptAfter } = options;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (piece: Buffer) => {
      if (interruptAfter?.test(piece.toString()) !== true) return;
      child.kill('SIGINT');
      interruptAfter = undefined;
    });
  }
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, stdout, stderr };
}

/** The one JSON object that a command printed; throws if there is anything else. */
export function readJson({ stdout }: Ended): unknown {
  if (!stdout.endsWith('\n') || stdout.indexOf('\n') !== stdout.length - 1)
    throw new Error(`Expected one line with one JSON object, got: ${stdout}`);
  return JSON.parse(stdout);
}

/** The request of a run that the simulator is to handle by this script. */
export function scripted(script: Script): JsonObject {
  return { metadata: { [SCRIPT_KEY]: JSON.stringify(script) } };
}

/** A result for what only shows or reads one. */
export const exampleResult: RunResult = {
  id: 'run-1',
  status: 'completed',
  provider: 'assistant',
  account: 'default',
  model: 'gpt-sim',
  text: 'The answer is 4.',
  parsed: null,
  refusal: null,
  items: null,
  omittedBytes: null,
  error: null,
  attempts: [
    {
      number: 1,
      ref: { id: 'run_a', containerId: 'thread_a' },
      earlierRefs: [],
      outcome: 'expired',
      error: { code: 'run.expired', message: 'The run expired at the provider.' },
      usage: null,
      createdAtMs: 1_000,
      endedAtMs: 2_000,
      adopted: false,
    },
    {
      number: 2,
      ref: { id: 'run_b', containerId: 'thread_a' },
      earlierRefs: [],
      outcome: 'completed',
      usage: { ...noUsage, inputTokens: 41, outputTokens: 16, totalTokens: 57 },
      createdAtMs: 2_100,
      endedAtMs: 4_300,
      adopted: true,
    },
  ],
  usage: { ...noUsage, inputTokens: 41, outputTokens: 16, totalTokens: 57 },
  calls: { prepare: 1, create: 2, retrieve: 3, readOutput: 1 },
  toolRounds: 2,
  toolCalls: 3,
  toolCallsReused: 1,
  recreations: 1,
  orphans: [],
  learntFrom: 'check',
  timings: { startedAtMs: 100, createdAtMs: 1_000, providerEndedAtMs: 4_000, endedAtMs: 4_300 },
};
