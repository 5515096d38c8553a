import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { table } from './load/figures.ts';
import { openLedger, type Outcome } from './load/ledger.ts';
import { readNumbers } from './load/options.ts';
import { everyTenth, progress } from './load/progress.ts';
import { describeMachine } from '../scripts/machine.ts';
import { playDurable } from './lostCreates/durable.ts';
import { playPlain } from './lostCreates/plain.ts';
import { withBenchStack, type BenchStack } from './stack.ts';

/*
 * What a lost create reply costs: `node bench/lostCreates.ts [--runs 1000]`. Every run's first create reaches the simulator, which makes the
 * response and drops the connection instead of answering. The same runs are made as durable runs with webhooks, and as what one would
 * write first: a workflow whose create activity is retried, and whose status is polled. The simulator's ledger is the judge: it knows
 * every response that was made, and what each spent.
 *
 * Temporal, the simulator, the worker and the bridge are processes of their own, on the loopback interface.
 */

const { runs: count } = readNumbers({ runs: 1_000 });

await withBenchStack('file', async (stack) => {
  const durable = await measure('durable runs, webhooks on', stack, playDurable);
  const plain = await measure('an activity with a retry policy, polling', stack, playPlain);
  process.stdout.write(`${report([durable, plain])}\n${describeMachine()}\n`);
  if (durable.twice > 0 || durable.completed < count) process.exitCode = 1;
});

type Play = (given: {
  readonly client: Client;
  readonly temporalAddress: string;
  readonly baseURL: string;
  readonly ids: readonly string[];
  readonly progress: (done: number) => void;
}) => Promise<number>;

async function measure(
  name: string,
  stack: BenchStack,
  play: Play,
): Promise<Outcome & { name: string; completed: number; tookMs: number }> {
  const ids = Array.from({ length: count }, () => `bench-${randomUUID()}`);
  const ledger = openLedger(stack.openaiBaseURL);
  await ledger.loseFirstCreates(ids);
  progress(`${count} runs: ${name} …`);
  const startedAtMs = performance.now();
  const completed = await play({
    client: stack.client,
    temporalAddress: stack.temporalAddress,
    baseURL: stack.openaiBaseURL,
    ids,
    progress: everyTenth(count),
  });
  const tookMs = performance.now() - startedAtMs;
  return { name, completed, tookMs, ...(await ledger.read(ids)) };
}

function report(outcomes: readonly Awaited<ReturnType<typeof measure>>[]): string {
  const row = (name: string, figure: (outcome: (typeof outcomes)[number]) => string) =>
    [name, ...outcomes.map(figure)] as const;
  return table([
    row('', ({ name }) => name),
    row('runs, each with its first create reply lost', () => String(count)),
    row('completed', ({ completed }) => String(completed)),
    row('responses made at the provider', ({ made }) => String(made)),
    row('runs paid for twice', ({ twice }) => String(twice)),
    row('tokens spent', ({ tokens }) => String(tokens)),
    row('provider calls', ({ requests }) => String(requests)),
    row('time for all of them', ({ tookMs }) => `${(tookMs / 1000).toFixed(0)} s`),
  ]);
}
