import * as z from 'zod';
import type { FaultRuleInput } from '../../simulator/index.ts';
import { persist } from './persist.ts';

/* What the campaign asks of the simulator's control API, which simulator/README.md describes. */

const deliverySchema = z.object({
  webhookId: z.string(),
  type: z.string(),
  state: z.string(),
  eventId: z.string(),
  runId: z.string().nullable(),
});
export type SimulatorDelivery = z.output<typeof deliverySchema>;

const countsSchema = z.object({ prompt: z.number(), completion: z.number(), total: z.number() });

/** One run or response, as the simulator's report has it. */
const madeSchema = z.object({
  id: z.string(),
  kind: z.enum(['run', 'response']),
  previousId: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  status: z.string(),
  endedSeq: z.number().nullable(),
  tokens: countsSchema,
  rounds: z.array(z.object({ calls: z.array(z.string()), accepted: z.number(), refused: z.number() })),
});

const reportSchema = z.object({
  complete: z.boolean(),
  requests: z.object({ total: z.number() }),
  totals: z.object({ created: z.number(), active: z.array(z.string()) }),
  deliveries: z.record(z.string(), z.number()),
  tags: z.array(z.object({ tag: z.object({ durable_run_id: z.string() }), runs: z.array(madeSchema) })),
});
export type SimulatorReport = z.output<typeof reportSchema>;
export type Made = z.output<typeof madeSchema>;

const underWaySchema = z.object({
  id: z.string(),
  status: z.string(),
  thread_id: z.string().optional(),
  metadata: z.record(z.string(), z.string()),
});
/** A run or response that works: of a thread, if it is a run. */
export interface UnderWay {
  readonly id: string;
  readonly threadId: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

/** An entry of the log, as far as we look at it: those of other kinds lack some of it. */
const eventSchema = z.object({
  kind: z.string(),
  at: z.number(),
  runId: z.string().nullish(),
  threadId: z.string().nullish(),
  metadata: z.record(z.string(), z.string()).default({}),
  from: z.string().nullish(),
  webhookId: z.string().nullish(),
  endpoint: z.string().nullish(),
  status: z.number().nullish(),
  error: z.string().nullish(),
});
export type SimulatorEvent = z.output<typeof eventSchema>;

const answerMs = 30_000;

/** The simulator's control API, and the one call of its OpenAI API that a campaign makes itself. */
export class SimulatorControl {
  readonly #url: string;
  readonly #apiKey: string;
  readonly #ended: AbortSignal;

  /** @param ended ends all asking */
  constructor(port: number, apiKey: string, ended: AbortSignal) {
    this.#url = `http://127.0.0.1:${port}`;
    this.#apiKey = apiKey;
    this.#ended = ended;
  }

  async addFaults(rules: readonly FaultRuleInput[]): Promise<void> {
    await this.#ask('/_simulator/faults', { method: 'POST', body: rules });
  }

  async removeFault(id: string): Promise<void> {
    await this.#ask(`/_simulator/faults/${id}`, { method: 'DELETE', missing: true });
  }

  /** Ends all connections and refuses new ones for so long. */
  async refuse(ms: number): Promise<void> {
    await this.#ask('/_simulator/refuse', { method: 'POST', body: { ms } });
  }

  /** Makes webhooks go to this address; gives the endpoint's id. */
  async addWebhook(url: string, secret: string): Promise<string> {
    await this.#ask('/_simulator/webhooks', { method: 'POST', body: { url, secret } });
    const schema = z.object({ endpoints: z.array(z.object({ id: z.string() })).length(1) });
    const { endpoints } = schema.parse(await this.#ask('/_simulator/webhooks', {}));
    return endpoints[0]?.id ?? '';
  }

  /** A new secret for the endpoint; the old one stays good beside it. */
  async rotateSecret(endpointId: string): Promise<string> {
    const answer = await this.#ask(`/v1/webhook_endpoints/${endpointId}/rotate_secret`, {
      method: 'POST',
      body: { keep_old_secret_active_for_24_hours: true },
    });
    return z.object({ signing_secret: z.string() }).parse(answer).signing_secret;
  }

  async deliveries(state: string): Promise<SimulatorDelivery[]> {
    const answer = await this.#ask(`/_simulator/deliveries?state=${state}`, {});
    return z.object({ deliveries: z.array(deliverySchema) }).parse(answer).deliveries;
  }

  async redeliver(webhookId: string): Promise<void> {
    await this.#ask(`/_simulator/deliveries/${webhookId}/redeliver`, {
      method: 'POST',
      body: {},
      missing: true,
    });
  }

  async readUnderWay(): Promise<UnderWay[]> {
    const list = z.array(underWaySchema);
    const { runs } = z.object({ runs: list }).parse(await this.#ask('/_simulator/runs', {}));
    const { responses } = z.object({ responses: list }).parse(await this.#ask('/_simulator/responses', {}));
    return [...runs, ...responses]
      .filter(({ status }) => status === 'in_progress')
      .map(({ id, thread_id: threadId, metadata }) => ({ id, threadId, metadata }));
  }

  async report(): Promise<SimulatorReport> {
    return reportSchema.parse(await this.#ask('/_simulator/report?by=durable_run_id', {}));
  }

  /** Everything that it has seen; with it, as JSON, all there is to know of that. */
  async readLog(): Promise<{ readonly events: readonly SimulatorEvent[]; readonly text: string }> {
    const answer = await this.#ask('/_simulator/log', {});
    const { entries } = z.object({ entries: z.array(eventSchema) }).parse(answer);
    return { events: entries, text: JSON.stringify(answer) };
  }

  /** How often each kind of fault was applied, by what it was applied to. */
  async faultCounts(): Promise<Record<string, number>> {
    const schema = z.object({ entries: z.array(z.object({ on: z.string(), fault: z.string() })) });
    const { entries } = schema.parse(await this.#ask('/_simulator/log?kind=fault', {}));
    const counts: Record<string, number> = {};
    for (const { on, fault } of entries) {
      const name = `${on.startsWith('webhook:') ? 'webhook' : 'api'} ${fault}`;
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  }

  #ask(path: string, options: { method?: string; body?: unknown; missing?: boolean }): Promise<unknown> {
    const { method = 'GET', body, missing = false } = options;
    return persist(async () => {
      const response = await fetch(`${this.#url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${this.#apiKey}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        signal: AbortSignal.timeout(answerMs),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!response.ok && !(missing && response.status === 404))
        throw new Error(`The simulator answered ${response.status} to ${path}: ${await response.text()}`);
      return response.json();
    }, this.#ended);
  }
}
