import { scaledClock } from './clock.ts';
import { resetAll } from './control/reset.ts';
import { FaultRules } from './faults/rules.ts';
import type { ActiveRule } from './faults/rules.ts';
import type { FaultRuleInput } from './faults/table.ts';
import { createApp } from './http/app.ts';
import type { Context } from './http/context.ts';
import { randomIds } from './ids.ts';
import { Log } from './log.ts';
import { silentLogger } from './logger.ts';
import { resolveOptions } from './options.ts';
import type { SimulatorOptions, WebhookEndpoint } from './options.ts';
import { RunEngine } from './runs/engine.ts';
import type { RunChange } from './runs/engine.ts';
import { renderRun } from './runs/render.ts';
import type { RunObject } from './assistants/objects.ts';
import { Store } from './store.ts';
import { eventTypesOf } from './webhooks/events.ts';
import { WebhookSender } from './webhooks/sender.ts';

/** A running simulator. */
export interface Simulator {
  /** `http://127.0.0.1:4010` */
  readonly url: string;
  /** What an OpenAI client wants as its base URL: {@link url} + `/v1`. */
  readonly baseURL: string;
  /** Everything that happened, in order. */
  readonly log: Log;
  /** Every run object, oldest first. */
  runs(): RunObject[];
  addFault(rule: FaultRuleInput): ActiveRule;
  /** Removes one rule, or all. */
  removeFaults(id?: string): void;
  /** The rules in force, with how often each was applied. */
  faults(): readonly ActiveRule[];
  addWebhook(endpoint: WebhookEndpoint): void;
  /** Forgets runs, threads, assistants, log, faults and pending deliveries. */
  reset(): void;
  /** Ends everything at once: connections, timers, deliveries. */
  close(): Promise<void>;
}

/**
 * Starts an OpenAI-compatible server.
 * @throws RangeError for an option that makes no sense; the system's error (`EADDRINUSE` …) when it cannot listen.
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const context = assemble(options);
  const app = createApp(context);
  const { options: resolved, clock, log, engine, faults, webhooks } = context;
  const url = await app.listen({ port: resolved.port, host: resolved.host });

  return {
    url,
    baseURL: `${url}/v1`,
    log,
    runs: () => engine.runs().map(renderRun),
    addFault: (rule) => faults.add(rule),
    removeFaults: (id) => void faults.remove(id),
    faults: () => faults.list(),
    addWebhook: (endpoint) => webhooks.addEndpoint(endpoint),
    reset: () => resetAll(context),
    async close() {
      clock.stop();
      webhooks.reset();
      await app.close();
    },
  };
}

/** Puts the parts together: who may call whom is decided here and nowhere else. */
function assemble(options: SimulatorOptions): Context {
  const resolved = resolveOptions(options, silentLogger);
  const clock = scaledClock(resolved.timeScale);
  const nextId = randomIds();
  const log = new Log();
  const store = new Store(clock, nextId);
  const faults = new FaultRules(nextId, log);
  const webhooks = new WebhookSender({
    clock,
    nextId,
    log,
    faults,
    logger: resolved.logger,
    redeliverAfterMs: resolved.redeliverAfterMs,
    endpoints: resolved.webhooks,
  });
  const publish = (change: RunChange): void => {
    const { run, from, metadata } = change;
    const subject = { runId: run.id, threadId: run.thread_id, metadata };
    log.append({ kind: 'run', from, to: run.status, ...subject });
    for (const type of eventTypesOf(change)) webhooks.send({ type, data: run, subject });
  };
  const engine = new RunEngine({
    clock,
    nextId,
    store,
    defaults: resolved,
    logger: resolved.logger,
    onChange: publish,
  });
  return { options: resolved, clock, nextId, log, store, engine, faults, webhooks };
}
