import { readEnds, waitUntilEnded } from './burst/ends.ts';
import { completeAll, startHeldRuns } from './burst/heldRuns.ts';
import { report } from './burst/report.ts';
import { Deliverer, messageOf } from './load/deliverer.ts';
import { openLedger } from './load/ledger.ts';
import { readNumbers } from './load/options.ts';
import { everyTenth, progress } from './load/progress.ts';
import { watchUse } from './load/usage.ts';
import { describeMachine } from '../scripts/machine.ts';
import { withBenchStack } from './stack.ts';

/*
 * Many pending runs that end in one burst: `node bench/burst.ts [--runs 1000]`. They are started and held in progress at the
 * simulator; then its time jumps, all responses have completed, and their webhooks are delivered at once: signed, over 600 connections,
 * again and again until the bridge accepts them. What the bridge cannot take at once it answers with 503.
 *
 * Temporal (the CLI's development server, its database in memory), the simulator, the worker and the bridge are processes of their own, and this one starts
 * the runs and sends the webhooks: all on the loopback interface, sharing the cores.
 *
 * A run that waits looks by itself after nine minutes, if that is how long it takes to start the others. Every other call beyond two for each run is
 * one that the burst has cost.
 */

/** What the burst may take: a run costs a slow machine some tenths of a second of its cores. */
const TIMEOUT_MS = 120_000;
const TIMEOUT_OF_EACH_MS = 300;

const { runs: count } = readNumbers({ runs: 1_000 });
// Processes of the stack inherit it: of responses that have ended the simulator keeps so many.
process.env['SIMULATOR_MAX_OBJECTS'] = String(Math.max(count, 10_000));

await withBenchStack('memory', async (stack) => {
  const { client, openaiBaseURL: baseURL } = stack;
  const deliverer = new Deliverer(stack.webhookUrl, stack.webhookSecret);
  try {
    // This process is the only one that sends.
    await fetch(new URL('/_simulator/webhooks', baseURL), { method: 'DELETE' });
    const ledger = openLedger(baseURL);
    const stopWatching = watchUse(stack.processes);
    progress(`${count} runs are started …`);
    const startedAtMs = performance.now();
    const held = await startHeldRuns({ client, baseURL, count, progress: everyTenth(count) });
    const startedInMs = performance.now() - startedAtMs;

    progress(`${count} responses complete …`);
    await completeAll(baseURL);
    const burstAtMs = performance.now();
    const accepted = Promise.all(
      held.map(({ responseId }) =>
        deliverer.deliver(messageOf('response.completed', responseId, `wh_${responseId}`)),
      ),
    ).then(() => performance.now() - burstAtMs);
    const ended = await waitUntilEnded({
      client,
      count,
      timeoutMs: TIMEOUT_MS + count * TIMEOUT_OF_EACH_MS,
      progress: everyTenth(count),
    });
    const endedInMs = ended ? performance.now() - burstAtMs : undefined;
    const acceptedInMs = ended ? await accepted : Infinity;
    const use = stopWatching();

    progress('The results are read …');
    const ends = await readEnds(client, held);
    const ids = held.map(({ workflowId }) => workflowId);
    const played = {
      count,
      startedInMs,
      answers: deliverer.answers,
      acceptedInMs,
      endedInMs,
      ends,
      use,
      ledger: await ledger.read(ids),
    };
    process.stdout.write(`${report(played)}\n${describeMachine()}\n`);
    if (ends.completed < count || played.ledger.made > count) process.exitCode = 1;
  } finally {
    deliverer.close();
  }
});
