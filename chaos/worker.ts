import * as z from 'zod';
import { defineTool } from '../tools/tool.ts';
import { runWorkerProcess } from '../worker/runWorkerProcess.ts';
import { counterVariable, toolName } from './toolProtocol.ts';

/* A worker as worker/main.ts has it, with one tool that acts on something outside. */

const answerMs = 3_000;

const record = defineTool({
  name: toolName,
  description: 'Records a number',
  parameters: z.object({ n: z.int() }),
  timeoutMs: 5_000,
  retry: { maximumAttempts: 100, initialMs: 200, maximumMs: 2_000 },
  async execute({ n }, { idempotencyKey, attempt }) {
    const response = await fetch(process.env[counterVariable] ?? '', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
      body: JSON.stringify({ n, attempt }),
      signal: AbortSignal.timeout(answerMs),
    });
    if (!response.ok) throw new Error(`The counter answered ${response.status}.`);
    return response.text();
  },
});

await runWorkerProcess([record]);
