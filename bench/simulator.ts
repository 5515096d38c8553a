import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Client } from './load/client.ts';
import { quantiles, table } from './load/figures.ts';
import type { Row } from './load/figures.ts';
import { Fleet } from './load/fleet.ts';
import { readNumbers } from './load/options.ts';
import { pace } from './load/pace.ts';
import { progress } from './load/progress.ts';
import { latenessOfEnds } from './load/punctuality.ts';
import { startReceiver } from './load/receiver.ts';
import { startSimulatorProcess } from './load/simulatorProcess.ts';
import { describeMachine } from '../scripts/machine.ts';

/*
 * How much the simulator holds, on this machine: `node bench/simulator.ts [--runs 10000] [--rate 1000] [--seconds 30]`.
 * The simulator is one process, this one is its load and the receiver of its webhooks; all on the loopback interface.
 *
 * It keeps `runs` runs active: whenever a webhook says that one has ended, another is created. What is left of `rate` requests a second
 * reads active runs. Requests are sent when they are due, whatever became of those before (an open loop), so that a server
 * that falls behind shows it in its latencies. Whether its clock falls behind shows too: every run is told how long to take, and
 * the moment of its end in the simulator's log is held against that; the arrival of its webhook, against when its creation was
 * sent. On a machine that is busy with other things all of it is late: how late this process itself was served is printed too.
 */

const DEADLINE_MS = 180_000;
/** How long runs take on average; from half of it to half more. */
const LIFE_MS = 30_000;
const QUEUE_MS = 200;

const { runs, rate, seconds } = readNumbers({ runs: 10_000, rate: 1_000, seconds: 30 });

const deadline = setTimeout(() => {
  process.stderr.write(`bench: not done within ${DEADLINE_MS / 1000} s.\n`);
  process.exit(1);
}, DEADLINE_MS);

const receiver = await startReceiver((runId, atMs) => fleet.ended(runId, atMs));
const simulator = await startSimulatorProcess({ webhookUrl: receiver.url, queueMs: QUEUE_MS });
const client = new Client(simulator.baseURL);
const fleet = new Fleet(client, { queueMs: QUEUE_MS, lifeMs: LIFE_MS });
try {
  await client.get('/assistants');
  if (client.failed > 0) throw new Error('The simulator does not answer.');
  const idle = simulator.usage();

  progress(`${runs} runs are created …`);
  await pace({ rate, count: runs, send: () => fleet.create() });
  client.latenciesMs.length = 0;
  const full = simulator.usage();

  progress(`${rate} requests a second for ${seconds} s …`);
  const ownDelay = monitorEventLoopDelay({ resolution: 5 });
  ownDelay.enable();
  const startedAtMs = performance.now();
  const half = setTimeout(() => (halfway = simulator.usage()), (seconds * 1000) / 2);
  let halfway = full;
  await pace({
    rate,
    count: rate * seconds,
    send: () => (fleet.active < runs ? fleet.create() : fleet.readOne()),
  });
  clearTimeout(half);
  const tookMs = performance.now() - startedAtMs;
  ownDelay.disable();
  const end = simulator.usage();

  const sent = client.latenciesMs.length;
  const clockMs = await latenessOfEnds(simulator.baseURL, QUEUE_MS);
  const rows: Row[] = [
    ['runs active at the end', String(fleet.active)],
    ['requests a second, asked / done', `${rate} / ${((sent * 1000) / tookMs).toFixed(0)}`],
    ['of which creations', `${(((fleet.created - runs) * 1000) / tookMs).toFixed(0)} a second`],
    ['failed requests', String(client.failed)],
    ['latency of a request, p50 / p99 / max', quantiles(client.latenciesMs)],
    [
      'of which this load was late itself, p50 / p99 / max',
      [50, 99, 100].map((share) => (ownDelay.percentile(share) / 1e6 - 5).toFixed(1)).join(' / ') + ' ms',
    ],
    ['webhooks received', `${receiver.received()} (twice: ${fleet.duplicates})`],
    ['end of a run after its time, p50 / p99 / max', quantiles(clockMs)],
    ['its webhook, creation’s latency included', quantiles(fleet.latenessMs)],
    ['runs whose webhook is overdue by 1 s', String(fleet.overdue(1000))],
    ['simulator’s CPU', `${(((end.cpuMs - full.cpuMs) / tookMs) * 100).toFixed(0)} % of one core`],
    [
      'simulator’s memory, idle / full / halfway / end',
      [idle, full, halfway, end].map(({ rssMiB }) => `${rssMiB}`).join(' / ') + ' MiB',
    ],
  ];
  process.stdout.write(`${table(rows)}\n${describeMachine()}\n`);
} finally {
  clearTimeout(deadline);
  client.close();
  receiver.close();
  await simulator.stop();
}
