import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import * as z from 'zod';
import { RunsClient } from '../../client/index.ts';
import { mapSideBySide } from '../../scripts/mapSideBySide.ts';
import { atATime } from '../load/options.ts';

/* Runs that stay in progress at the simulator, and end there all at once. */

/** How long the responses work, in simulated time: longer than any benchmark takes. */
const WORK_MS = 3_600_000;
/** No run is to look by itself while it is held: a check is never further away than this. */
const LOOK_AFTER_MS = 540_000;

const responsesSchema = z.object({
  responses: z.array(
    z.object({ id: z.string(), status: z.string(), metadata: z.object({ durable_run_id: z.string() }) }),
  ),
});

/** A run, and its response. */
export interface HeldRun {
  readonly workflowId: string;
  readonly responseId: string;
}

/** Starts runs, and gives them when each has its response. */
export async function startHeldRuns(given: {
  readonly client: Client;
  readonly baseURL: string;
  readonly count: number;
  readonly progress: (done: number) => void;
}): Promise<HeldRun[]> {
  const { client, baseURL, count, progress } = given;
  const runs = new RunsClient(client);
  let started = 0;
  await mapSideBySide(Array.from({ length: count }), atATime, async () => {
    await runs.start(
      {
        provider: 'response',
        input: 'What is 2+2?',
        request: { metadata: { simulator: JSON.stringify({ workMs: WORK_MS }) } },
        policy: { wait: { mode: 'webhook', initialMs: LOOK_AFTER_MS, maximumMs: LOOK_AFTER_MS } },
      },
      { id: `bench-${randomUUID()}` },
    );
    progress((started += 1));
  });
  for (;;) {
    const response = await fetch(new URL('/_simulator/responses', baseURL));
    const { responses } = responsesSchema.parse(await response.json());
    if (responses.length >= count && responses.every(({ status }) => status === 'in_progress'))
      return responses.map(({ id, metadata }) => ({ workflowId: metadata.durable_run_id, responseId: id }));
    await sleep(1_000);
  }
}

/** Completes all responses that are held, at the same moment. */
export async function completeAll(baseURL: string): Promise<void> {
  const response = await fetch(new URL('/_simulator/time/advance', baseURL), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ms: WORK_MS }),
  });
  if (!response.ok) throw new Error(`The simulator's time did not move: ${await response.text()}`);
}
