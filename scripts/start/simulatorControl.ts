import * as z from 'zod';

/* What the showcase asks of the simulator: its control API is documented in simulator/README.md. */

const logSchema = z.object({
  entries: z.array(z.object({ at: z.number(), to: z.string().optional() })),
});

/** The simulator's control API. */
export class SimulatorControl {
  readonly #url: string;

  /** @param baseURL the simulator's OpenAI base URL, with `/v1` */
  constructor(baseURL: string) {
    this.#url = new URL('/_simulator', baseURL).href;
  }

  /** No webhook of this run is delivered: it has to be polled. */
  async loseWebhooks(workflowId: string): Promise<void> {
    await fetch(`${this.#url}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        on: 'webhook:*',
        match: { metadata: { durable_run_id: workflowId } },
        times: null,
        fault: { kind: 'lose' },
      }),
    });
  }

  /** When the simulator finished the last attempt of a run, in ms of Unix time; undefined when it has no such run. */
  async readEndMs(workflowId: string): Promise<number | undefined> {
    const query = new URLSearchParams({ kind: 'run', 'metadata.durable_run_id': workflowId });
    const response = await fetch(`${this.#url}/log?${query.toString()}`);
    const { entries } = logSchema.parse(await response.json());
    return entries.findLast(({ to }) => to === 'completed')?.at;
  }
}
