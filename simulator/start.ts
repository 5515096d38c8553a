import { assemble } from './assemble.ts';
import type { TimeMode, TimeState } from './clock.ts';
import { resetAll } from './control/reset.ts';
import type { ActiveRule } from './faults/rules.ts';
import type { FaultRuleInput } from './faults/table.ts';
import { createApp } from './http/app.ts';
import type { Log } from './log.ts';
import { silentLogger } from './logger.ts';
import { resolveOptions } from './options.ts';
import type { SimulatorOptions, WebhookEndpoint } from './options.ts';
import { renderResponse } from './responses/render.ts';
import type { ResponseObject } from './responses/objects.ts';
import { renderRun } from './runs/render.ts';
import type { RunObject } from './assistants/objects.ts';
import { makeReport } from './report/report.ts';
import type { Report, ReportQuery } from './report/report.ts';
import type { Delivery, DeliveryFilter } from './webhooks/deliveries.ts';

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
  /** Every response object that is not forgotten, oldest first. */
  responses(): ResponseObject[];
  addFault(rule: FaultRuleInput): ActiveRule;
  /** Removes one rule, or all. */
  removeFaults(id?: string): void;
  /** The rules in force, with how often each was applied. */
  faults(): readonly ActiveRule[];
  addWebhook(endpoint: WebhookEndpoint): void;
  /** Every webhook delivery with its tries, oldest first. */
  deliveries(filter?: DeliveryFilter): Delivery[];
  /** What callers did to this server, by tag, and what of it must not happen. */
  report(query?: ReportQuery): Report;
  /** What time it is here, and how it runs. */
  time(): TimeState;
  /** From now on time runs so. */
  setTime(mode: TimeMode, scale?: number): TimeState;
  /** Moves time on by `ms`: what falls due is done in order, and deliveries that it causes are waited for. */
  advance(ms: number): Promise<TimeState>;
  /** Whether every Assistants endpoint answers 404. */
  setSunset(on: boolean): void;
  /** Ends all connections and refuses new ones for `ms` (real). */
  refuse(ms: number): void;
  /** What ids and luck come from: given as the option `seed` it tells the same story again. */
  readonly seed: string;
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
  const context = assemble(resolveOptions(options, silentLogger));
  const app = createApp(context);
  const { options: resolved, clock, log, engine, responses, faults, webhooks, listener } = context;
  const url = await app.listen({ port: resolved.port, host: resolved.host });
  listener.attach(app.server, resolved.host);

  return {
    url,
    baseURL: `${url}/v1`,
    log,
    runs: () => engine.runs().map(renderRun),
    responses: () => responses.responses().map((response) => renderResponse(response)),
    addFault: (rule) => faults.add(rule),
    removeFaults: (id) => void faults.remove(id),
    faults: () => faults.list(),
    addWebhook: (endpoint) => void context.endpoints.add(endpoint),
    deliveries: (filter) => context.deliveries.list(filter),
    report: (query = {}) => makeReport({ ...context, seed: context.chance.seed }, query),
    time: () => clock.state(),
    setTime(mode, scale) {
      clock.set(mode, scale);
      return clock.state();
    },
    async advance(ms) {
      await clock.advance(ms);
      return clock.state();
    },
    setSunset(on) {
      context.switches.sunset = on;
    },
    refuse: (ms) => listener.refuse(ms),
    seed: context.chance.seed,
    reset: () => resetAll(context),
    async close() {
      clock.stop();
      listener.close();
      webhooks.reset();
      await app.close();
    },
  };
}
