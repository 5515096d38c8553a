import * as z from 'zod';
import { defineTool } from '../../tools/tool.ts';
import { runWorkerProcess } from '../../worker/runWorkerProcess.ts';

/* A worker with one tool, `work`, that acts on something outside: a counter, which decides when the tool is done. */

const work = defineTool({
  name: 'work',
  description: 'Does some work',
  parameters: z.object({ what: z.string() }),
  timeoutMs: 2_000,
  retry: { initialMs: 10 },
  async execute({ what }, { idempotencyKey, attempt }) {
    const response = await fetch(process.env['COUNTER_URL'] ?? '', {
      method: 'POST',
      headers: { 'idempotency-key': idempotencyKey },
      body: JSON.stringify({ what, attempt }),
    });
    return response.text();
  },
});

await runWorkerProcess([work]);
