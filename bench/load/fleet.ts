import { z } from 'zod';
import type { Client } from './client.ts';

const createdRun = z.object({ id: z.string(), thread_id: z.string() });

interface Active {
  id: string;
  threadId: string;
  dueAtMs: number;
}

/** Spreads values over 0 to 1 evenly, the same every time. */
const GOLDEN = 0.618_033_988_749_895;

/** The runs that are under way, and how punctually they end. */
export class Fleet {
  readonly latenessMs: number[] = [];
  duplicates = 0;
  created = 0;
  readonly #client: Client;
  readonly #times: { queueMs: number; lifeMs: number };
  readonly #active: Active[] = [];
  readonly #places = new Map<string, number>();
  readonly #done = new Set<string>();
  /** Webhooks that came before the answer to their run's creation. */
  readonly #early = new Map<string, number>();
  #underWay = 0;
  #reads = 0;

  constructor(client: Client, times: { queueMs: number; lifeMs: number }) {
    this.#client = client;
    this.#times = times;
  }

  /** Runs created and not ended, those being created included. */
  get active(): number {
    return this.#active.length + this.#underWay;
  }

  /** Creates a run that takes from half to one and a half of the average life. */
  async create(): Promise<void> {
    this.created += 1;
    this.#underWay += 1;
    const { queueMs, lifeMs } = this.#times;
    const workMs = Math.round(lifeMs * (0.5 + ((this.created * GOLDEN) % 1))) - queueMs;
    const dueAtMs = performance.now() + queueMs + workMs;
    const answer = await this.#client.post('/threads/runs', {
      assistant_id: 'asst_simulator',
      metadata: { simulator: JSON.stringify({ workMs }), tag: `bench-${this.created}` },
      thread: { messages: [{ role: 'user', content: 'What is 2+2?' }] },
    });
    this.#underWay -= 1;
    const { data: run } = createdRun.safeParse(answer);
    if (!run) return;
    this.#places.set(run.id, this.#active.length);
    this.#active.push({ id: run.id, threadId: run.thread_id, dueAtMs });
    const endedAtMs = this.#early.get(run.id);
    if (endedAtMs !== undefined) this.ended(run.id, endedAtMs);
  }

  /** Reads one of the active runs, each in turn. */
  async readOne(): Promise<void> {
    const run = this.#active[this.#reads++ % this.#active.length];
    if (run) await this.#client.get(`/threads/${run.threadId}/runs/${run.id}`);
  }

  /** A webhook said that the run has ended. */
  ended(id: string, atMs: number): void {
    const place = this.#places.get(id);
    if (place === undefined) {
      if (this.#done.has(id)) this.duplicates += 1;
      else this.#early.set(id, atMs);
      return;
    }
    const run = this.#active[place];
    const last = this.#active.pop();
    if (!run || !last) return;
    if (last !== run) {
      this.#active[place] = last;
      this.#places.set(last.id, place);
    }
    this.#places.delete(id);
    this.#early.delete(id);
    this.#done.add(id);
    this.latenessMs.push(atMs - run.dueAtMs);
  }

  /** How many runs should have said that they ended, and have not for so long. */
  overdue(byMs: number): number {
    const now = performance.now();
    return this.#active.filter(({ dueAtMs }) => dueAtMs + byMs < now).length;
  }
}
