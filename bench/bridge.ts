import { report, type Played } from './bridge/report.ts';
import { deliverStream, type Stream } from './bridge/stream.ts';
import { countWakeUps, startWaitingRuns } from './bridge/waitingRuns.ts';
import { messageOf } from './load/deliverer.ts';
import { readNumbers } from './load/options.ts';
import { progress } from './load/progress.ts';
import { watchUse } from './load/usage.ts';
import { describeMachine } from '../scripts/machine.ts';
import { withBenchStack } from './stack.ts';

/*
 * How many webhooks one bridge takes, on this machine: `node bench/bridge.ts [--rate 2000] [--seconds 60] [--duplicates 20] [--runs 500]
 * [--drain 60]`. Temporal (the CLI's development server, its database in memory), the simulator and the bridge are processes of their
 * own, and this one is the sender: all on the loopback interface, sharing the cores.
 *
 * Three streams, one after the other. Events about no run cost the bridge a signature and nothing else. Wake-ups cost it what they do in
 * production: a read from the provider, a look at the run, and a signal that Temporal has written down before the answer is 200. They
 * come at a tenth of the rate, and then at all of it, which may be more than this machine takes: then some are answered 503. The
 * sender goes on offering new ones (an open loop) and tries again what was refused, until all are accepted or `--drain` seconds are over.
 *
 * The judge is Temporal: every wake-up that was acknowledged has to be in its run's history. The bridge's own variables count
 * (`BRIDGE_MAX_DELIVERIES=64 npm run bench:bridge`).
 */

const numbers = readNumbers({ rate: 2_000, seconds: 60, duplicates: 20, runs: 500, drain: 60 }, [
  'duplicates',
  'drain',
]);
/** Of the first two streams: what they show does not take longer. */
const shortSeconds = Math.min(numbers.seconds, 10);

await withBenchStack('memory', async (stack) => {
  const { client } = stack;
  // This process is the only one that sends.
  await fetch(new URL('/_simulator/webhooks', stack.openaiBaseURL), { method: 'DELETE' });
  progress(`${numbers.runs} runs are started …`);
  const runs = await startWaitingRuns({ client, baseURL: stack.openaiBaseURL, count: numbers.runs });
  const common = { duplicatesPercent: numbers.duplicates, drainMs: numbers.drain * 1_000 };
  const tellRuns = (name: string) => (index: number) =>
    messageOf('response.completed', runs[index % runs.length]?.responseId ?? '', `wh_${name}_${index}`);

  const play = async (name: string, stream: Omit<Stream, keyof typeof common>): Promise<Played> => {
    progress(`${name}: ${stream.rate} a second for ${stream.seconds} s …`);
    const stopWatching = watchUse(stack.processes);
    const outcome = await deliverStream(stack, { ...common, ...stream });
    return { name, ...outcome, use: stopWatching(), lost: 0, repeated: 0 };
  };
  const foreign = await play('about no run', {
    rate: numbers.rate,
    seconds: shortSeconds,
    message: (index) => messageOf('batch.completed', `batch_${index}`, `wh_foreign_${index}`),
  });
  const steady = await play('wake-ups, a tenth', {
    rate: Math.ceil(numbers.rate / 10),
    seconds: shortSeconds,
    message: tellRuns('steady'),
  });
  const full = await play('wake-ups', {
    rate: numbers.rate,
    seconds: numbers.seconds,
    message: tellRuns('full'),
  });

  progress('The histories of the runs are read …');
  const counts = await countWakeUps(client, runs);
  const judge = (played: Played): Played => {
    const ids = [...new Set(played.accepted.map(({ webhookId }) => webhookId))];
    const timesOf = ids.map((id) => counts.get(id) ?? 0);
    return {
      ...played,
      lost: timesOf.filter((times) => times === 0).length,
      repeated: timesOf.reduce((sum, times) => sum + Math.max(0, times - 1), 0),
    };
  };
  const judged = [foreign, judge(steady), judge(full)];
  process.stdout.write(`${report(judged)}\n${describeMachine()}\n`);
  if (judged.some(({ lost }) => lost > 0)) process.exitCode = 1;
});
