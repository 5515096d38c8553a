import type { RunInput } from '../../core/input.ts';
import type { PolicyInput } from '../../core/policy.ts';
import type { RunResult } from '../../core/result.ts';
import type { LogEntry, RunEntry } from '../../simulator/index.ts';
import { isSubmit, type System } from './system.ts';

const wait = {
  polling: { mode: 'polling', initialMs: 400, maximumMs: 800, totalMs: null },
  webhook: { mode: 'webhook' },
} as const;

const call = (a: number) => ({ name: 'add', arguments: { a, b: 1 } });
const rounds = [[call(1), call(2)], [call(3)], [call(4)]];
const found = [1, 2, 3, 4].map((a) => `add({"a":${a},"b":1}) = ${a + 1}`).join('; ');
const toolAnswer = `Here is what I found: ${found}.`;

/** A kind of run, and how it must end. */
export interface Kind {
  readonly name: string;
  readonly text: string;
  readonly script: object;
  readonly policy: PolicyInput;
}

/** What is simulated of these takes 400 ms, of which 120 pass before the new build is there. */
export const longKinds: readonly Kind[] = [
  {
    name: 'polling',
    text: 'Good.',
    script: { workMs: 400, answer: 'Good.' },
    policy: { wait: wait.polling },
  },
  {
    name: 'webhook',
    text: 'Good.',
    script: { workMs: 400, answer: 'Good.' },
    policy: { wait: wait.webhook },
  },
  {
    name: 'tools',
    text: toolAnswer,
    script: { workMs: 100, rounds },
    policy: { wait: wait.webhook },
  },
  {
    name: 'tools, by polling',
    text: toolAnswer,
    script: { workMs: 100, rounds },
    policy: { wait: wait.polling },
  },
  {
    name: 'restart',
    text: 'Good.',
    script: {
      attempts: [
        { workMs: 80, error: { code: 'server_error' } },
        { workMs: 300, answer: 'Good.' },
      ],
    },
    policy: { wait: wait.webhook, restarts: { initialMs: 20 } },
  },
  {
    name: 'continue as new',
    text: toolAnswer,
    script: { workMs: 100, rounds },
    policy: { wait: wait.webhook, continueAsNew: { afterEvents: 40 } },
  },
];

export const quickKinds: readonly Kind[] = longKinds
  .filter(({ name }) => !['tools, by polling', 'restart', 'continue as new'].includes(name))
  .map((kind) => ({ ...kind, script: { ...kind.script, queueMs: 0, workMs: 0 } }));

export interface StartedRun {
  readonly id: string;
  readonly kind: Kind;
  readonly firstExecutionRunId: string;
  result(): Promise<RunResult>;
}

/** Each kind, with both providers, so many times. */
export async function startRuns(
  system: System,
  kinds: readonly Kind[],
  times: number,
): Promise<StartedRun[]> {
  const asked = Array.from({ length: times }, () => kinds).flat();
  return Promise.all(
    asked
      .flatMap((kind) => ['assistant', 'response'].map((provider) => ({ kind, provider })))
      .map(async ({ kind, provider }) => {
        const run = await system.startRun(inputOf(kind, provider));
        return { ...run, kind };
      }),
  );
}

function inputOf({ script, policy }: Kind, provider: string): RunInput {
  const simulator = JSON.stringify({ by: 'durable_run_id', ...script });
  return { provider, input: 'Do it', tools: ['add'], request: { metadata: { simulator } }, policy };
}

/** Whether an entry of the simulator's log is a change of something that was made for this run. */
export function isAbout(id: string, fits: (entry: RunEntry) => boolean): (entry: LogEntry) => boolean {
  return (entry) => entry.kind === 'run' && entry.metadata['durable_run_id'] === id && fits(entry);
}

/** Resolves when a run has done what it has time for before the new build is there. */
export async function hasGoneOn(system: System, { id, kind }: StartedRun): Promise<void> {
  if ('rounds' in kind.script)
    await system.seen((entry) => isSubmit(entry) && entry.metadata['durable_run_id'] === id);
  else if (kind.name === 'restart') {
    const failed = await system.seen(isAbout(id, ({ to }) => to === 'failed'));
    await system.seen(isAbout(id, ({ from, runId }) => from === null && runId !== idOf(failed)));
  } else await system.seen(isAbout(id, ({ to }) => to === 'in_progress'));
}

function idOf(entry: LogEntry): string {
  return entry.kind === 'run' ? entry.runId : '';
}
