import * as z from 'zod';

/* What the benchmark asks of the simulator's control API, which simulator/README.md describes. */

const reportSchema = z.object({
  requests: z.object({ total: z.number() }),
  tags: z.array(
    z.object({
      tag: z.object({ durable_run_id: z.string() }),
      created: z.number(),
      tokens: z.object({ total: z.number() }),
    }),
  ),
});

/** What some runs came to at the provider. */
export interface Outcome {
  /** Responses that were made. */
  readonly made: number;
  /** Runs for which more than one was made. */
  readonly twice: number;
  readonly tokens: number;
  readonly requests: number;
}

export interface Ledger {
  /** The first create of each of these runs makes its response, and is not answered. */
  loseFirstCreates(ids: readonly string[]): Promise<void>;
  read(ids: readonly string[]): Promise<Outcome>;
}

/** Opens the simulator's ledger: requests count from now on. */
export function openLedger(baseURL: string): Ledger {
  const url = new URL('/_simulator', baseURL).href;
  const readReport = async (): Promise<z.output<typeof reportSchema>> => {
    const response = await fetch(`${url}/report?by=durable_run_id`);
    return reportSchema.parse(await response.json());
  };
  const before = readReport();
  return {
    async loseFirstCreates(ids) {
      const rules = ids.map((id) => ({
        on: 'responses.create',
        match: { metadata: { durable_run_id: id } },
        fault: { kind: 'drop_reply' },
      }));
      const response = await fetch(`${url}/faults`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(rules),
      });
      if (!response.ok) throw new Error(`The simulator refused the faults: ${await response.text()}`);
    },
    async read(ids) {
      const wanted = new Set(ids);
      const { tags, requests } = await readReport();
      const ours = tags.filter(({ tag }) => wanted.has(tag.durable_run_id));
      return {
        made: ours.reduce((sum, { created }) => sum + created, 0),
        twice: ours.filter(({ created }) => created > 1).length,
        tokens: ours.reduce((sum, { tokens }) => sum + tokens.total, 0),
        requests: requests.total - (await before).requests.total,
      };
    },
  };
}
