import type { Client } from '@temporalio/client';
import { RunsClient } from '../../client/index.ts';

/** Makes each as a durable run, with the default policy for webhooks; gives how many completed. */
export async function playDurable(given: {
  readonly client: Client;
  readonly ids: readonly string[];
  readonly progress: (done: number) => void;
}): Promise<number> {
  const runs = new RunsClient(given.client);
  let done = 0;
  const results = await Promise.all(
    given.ids.map(async (id) => {
      const run = await runs.start(
        { provider: 'response', input: 'What is 2+2?', policy: { wait: { mode: 'webhook' } } },
        { id },
      );
      const { status } = await run.result();
      given.progress((done += 1));
      return status;
    }),
  );
  return results.filter((status) => status === 'completed').length;
}
