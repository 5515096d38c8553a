import type { PolicyInput, RunInput, RunStatus } from '../client/index.ts';
import type { FaultRuleInput } from '../simulator/index.ts';
import type { Random } from './random.ts';
import { toolName, toolOutput } from './toolProtocol.ts';

export const providers = ['response', 'assistant'] as const;
export type Provider = (typeof providers)[number];

/** How a run must end, whatever breaks on its way. */
export interface Expectation {
  readonly status: RunStatus;
  readonly text: string | null;
  /** What its tool has to act on, each exactly once. */
  readonly effects: readonly number[];
  /**
   * True when the run may end while it does not know what a lost call has made: a cancel or a deadline ends the wait for the webhook
   * that would tell. It works on by itself, and nobody can stop it.
   */
  readonly mayEndUntold: boolean;
  /** What its kind is there for: without it another kind was played. */
  readonly atLeast?: {
    /** Made in each other's place, those that a lost reply has made twice among them. */
    readonly attempts?: number;
    readonly executions?: number;
    /** Most runs of the kind do. */
    readonly losesReply?: true;
  };
}

/** A run of a kind, before it has an id's worth of time and place. */
export interface KindOfRun {
  readonly name: string;
  readonly providers: readonly Provider[];
  readonly weight: number;
  build(id: string, provider: Provider, random: Random): Omit<RunSketch, 'provider'>;
}

/** What is started, and what must become of it. */
export interface RunSketch {
  readonly provider: Provider;
  readonly input: RunInput;
  readonly expected: Expectation;
  /** Faults for this run alone. */
  readonly faults?: readonly FaultRuleInput[];
  /** So long after its start the user cancels it. */
  readonly cancelAfterMs?: number;
}

const wait = {
  polling: { mode: 'polling', initialMs: 700, factor: 2, maximumMs: 5_000, totalMs: null },
  relaxed: { mode: 'relaxed', initialMs: 2_000, factor: 2, maximumMs: 8_000, totalMs: null },
  // The looks of a lost webhook come within the campaign's time.
  webhook: { mode: 'webhook', initialMs: 8_000, factor: 1.5, maximumMs: 12_000 },
} as const satisfies Record<string, PolicyInput['wait']>;

/** Quick and stubborn: faults last for seconds here, and no run may end for want of patience. */
export const patience = {
  calls: { timeoutMs: 5_000, initialMs: 200, maximumMs: 3_000, maximumAttempts: 40 },
  lostCreate: { settleMs: 500, webhookMs: 20_000 },
  restarts: { initialMs: 300, maximumMs: 2_000, maximumAttempts: 6 },
  cancel: { confirmMs: 20_000 },
} as const satisfies PolicyInput;

/** So long that a deadline or a cancel always comes first, on however slow a machine. */
const longWorkMs = 600_000;

const both = providers;

/** Every kind of run that exists. A later kind is one more entry. */
export const kinds: readonly KindOfRun[] = [
  { name: 'polling', providers: both, weight: 2, build: (id) => answering(id, 'polling') },
  { name: 'relaxed', providers: both, weight: 1, build: (id) => answering(id, 'relaxed') },
  { name: 'webhook', providers: both, weight: 3, build: (id) => answering(id, 'webhook') },
  { name: 'parallel-tools', providers: both, weight: 3, build: () => acting('webhook', [[1, 2, 3]]) },
  { name: 'tool-rounds', providers: both, weight: 2, build: () => acting('webhook', [[1, 2], [3], [4]]) },
  { name: 'tool-rounds-polling', providers: both, weight: 1, build: () => acting('polling', [[1], [2]]) },
  {
    name: 'restart',
    providers: both,
    weight: 2,
    build: (id) =>
      expecting(answering(id, 'webhook', { attempts: [{ error: { code: 'server_error' } }, {}] }), {
        attempts: 2,
      }),
  },
  {
    name: 'restart-with-tools',
    providers: both,
    weight: 2,
    // The call that the failed attempt has made is answered from the ledger, not made again.
    build(id) {
      const text = answerOf(id);
      const script = {
        attempts: [
          { rounds: [[call(1)]], error: { code: 'server_error' } },
          { rounds: [[call(1)], [call(2)]], answer: text },
        ],
      };
      const sketch = { input: makeInput('webhook', script, true), expected: completed(text, [1, 2]) };
      return expecting(sketch, { attempts: 2 });
    },
  },
  {
    name: 'expiry',
    providers: ['assistant'],
    weight: 1,
    build: (id) =>
      expecting(
        answering(id, 'webhook', { attempts: [{ stuck: 'in_progress', expiresAfterMs: 1_500 }, {}] }),
        { attempts: 2 },
      ),
  },
  {
    name: 'failed',
    providers: both,
    weight: 1,
    build() {
      const failing = { error: { code: 'server_error' } };
      const restarts = { ...patience.restarts, maximumAttempts: 2 };
      return {
        input: makeInput('webhook', { attempts: [failing, failing] }, false, { restarts }),
        expected: {
          status: 'failed',
          text: null,
          effects: [],
          mayEndUntold: false,
          atLeast: { attempts: 2 },
        },
      };
    },
  },
  {
    name: 'cancelled',
    providers: both,
    weight: 2,
    // Before it has made anything, while it does, or long after.
    build: (_id, _provider, random) => ({
      ...ending('cancelled', {}),
      cancelAfterMs: random.integer(0, 4_000),
    }),
  },
  {
    name: 'deadline',
    providers: both,
    weight: 2,
    build: () => ending('timed_out', { deadlines: { totalMs: 8_000 } }),
  },
  {
    name: 'continue-as-new',
    providers: both,
    weight: 1,
    build() {
      const policy = { continueAsNew: { afterEvents: 30 } };
      return expecting(acting('webhook', [[1], [2], [3], [4]], policy), { executions: 2 });
    },
  },
  {
    name: 'lost-create',
    providers: both,
    weight: 2,
    build(id, provider) {
      const on = provider === 'response' ? 'responses.create' : 'runs.create';
      return {
        ...expecting(answering(id, 'webhook'), { losesReply: true }),
        faults: [{ on, match: { metadata: { durable_run_id: id } }, fault: { kind: 'drop_reply' } }],
      };
    },
  },
  {
    name: 'lost-submit',
    providers: both,
    weight: 1,
    build(id, provider) {
      // A response's outputs go into the next create.
      const where =
        provider === 'response'
          ? ({ on: 'responses.create', after: 1 } as const)
          : ({ on: 'runs.submitToolOutputs' } as const);
      return {
        ...expecting(acting('webhook', [[1]]), { losesReply: true }),
        faults: [{ ...where, match: { metadata: { durable_run_id: id } }, fault: { kind: 'drop_reply' } }],
      };
    },
  },
];

function expecting(
  sketch: Omit<RunSketch, 'provider'>,
  atLeast: Expectation['atLeast'] & {},
): Omit<RunSketch, 'provider'> {
  return { ...sketch, expected: { ...sketch.expected, atLeast } };
}

function answering(id: string, mode: keyof typeof wait, script: object = {}): Omit<RunSketch, 'provider'> {
  const text = answerOf(id);
  return { input: makeInput(mode, { answer: text, ...script }, false), expected: completed(text, []) };
}

/** The simulator's model quotes what the tools have said: the answer is right only if every output came through. */
function acting(
  mode: keyof typeof wait,
  rounds: readonly (readonly number[])[],
  policy: PolicyInput = {},
): Omit<RunSketch, 'provider'> {
  const effects = rounds.flat();
  const found = effects.map((n) => `${toolName}({"n":${n}}) = ${toolOutput(n)}`).join('; ');
  const script = { rounds: rounds.map((round) => round.map(call)) };
  return {
    input: makeInput(mode, script, true, policy),
    expected: completed(`Here is what I found: ${found}.`, effects),
  };
}

function ending(status: RunStatus, policy: PolicyInput): Omit<RunSketch, 'provider'> {
  return {
    input: makeInput('webhook', { workMs: longWorkMs }, false, policy),
    expected: { status, text: null, effects: [], mayEndUntold: true },
  };
}

function makeInput(
  mode: keyof typeof wait,
  script: object,
  withTools: boolean,
  policy: PolicyInput = {},
): RunInput {
  return {
    input: 'Do what the script says.',
    tools: withTools ? [toolName] : [],
    // Attempts are counted by the run: what continues another, and every thread, is the run's own.
    request: { metadata: { simulator: JSON.stringify({ by: 'durable_run_id', ...script }) } },
    policy: { ...patience, wait: wait[mode], ...policy },
  };
}

function completed(text: string, effects: readonly number[]): Expectation {
  return { status: 'completed', text, effects, mayEndUntold: false };
}

/** Nobody else's answer. */
function answerOf(id: string): string {
  return `The answer to ${id}.`;
}

function call(n: number): { name: string; arguments: { n: number } } {
  return { name: toolName, arguments: { n } };
}
