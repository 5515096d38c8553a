import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import * as z from 'zod';
import { createWorkers } from '../../worker/createWorkers.ts';
import { openaiRun } from '../../workflows/openaiRun.ts';
import { dialect, quickPolicy, recordingTool } from './support.ts';
import { installQuietRuntime } from '../support/quietRuntime.ts';

/*
 * Servers of background responses that differ a little from OpenAI's, without webhooks: what is odd about them is the name of the
 * model. All of them answer the second read of a response with its end.
 */

const bodySchema = z.object({
  model: z.string(),
  metadata: z.object({ durable_run_id: z.string(), durable_run_round: z.string() }),
  input: z.unknown(),
});
type Body = z.output<typeof bodySchema>;

const say = (text: string): object => ({ type: 'message', content: [{ type: 'output_text', text }] });
const call = (callId: string, n: number): object => {
  return { type: 'function_call', call_id: callId, name: 'count', arguments: JSON.stringify({ n }) };
};

/** What a response of this model has to say at its end. */
function outputOf({ model, metadata, input }: Body): object[] {
  const round = Number(metadata.durable_run_round);
  switch (model) {
    case 'numbers-calls-anew':
      return round < 2 ? [call('call_0', round + 1)] : [say(JSON.stringify(input))];
    case 'calls-without-end':
      return Array.from({ length: 2_100 }, (_, index) => call(`call_${index}`, index));
    default:
      return [say('fine')];
  }
}

const ids: Record<string, (serial: number) => unknown> = {
  'id-with-slash': (serial) => `a/b?c#d-${serial}`,
  'id-with-percent': (serial) => `%2e%2e-${serial}`,
  'id-is-a-number': (serial) => 1_000 + serial,
};

interface Made {
  readonly model: string;
  readonly object: Record<string, unknown>;
  reads: number;
}

class OddServer {
  readonly made = new Map<string, Made>();
  readonly creates = new Map<string, number>();
  readonly server = createServer((request, response) => void this.#answer(request, response));

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const [path = ''] = (request.url ?? '').split('?');
    const id = decodeURIComponent(path.replace('/v1/responses', '').replace(/^\//, ''));
    const [status, body] = request.method === 'GET' ? this.#read(id) : this.#act(id, text);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  #act(id: string, text: string): [number, object] {
    if (id === '') return this.#create(text);
    return [400, { error: { message: 'Cannot cancel a completed response.' } }];
  }

  #create(text: string): [number, object] {
    const body = bodySchema.parse(JSON.parse(text));
    const { model, metadata } = body;
    this.creates.set(metadata.durable_run_id, (this.creates.get(metadata.durable_run_id) ?? 0) + 1);
    const id = (ids[model] ?? ((serial) => `resp_${serial}`))(this.made.size + 1);
    const object = { id, model, metadata, status: 'completed', output: outputOf(body) };
    this.made.set(String(id), { model, object, reads: 0 });
    const nulls = { model: null, output: null, usage: null, metadata: null, error: null };
    return [
      200,
      { id, status: 'queued', ...(model === 'echoes-nothing' ? nulls : { metadata, output: [] }) },
    ];
  }

  #read(id: string): [number, object] {
    const made = this.made.get(id);
    if (made !== undefined) made.reads += 1;
    if (made === undefined || (made.model === 'shows-late' && made.reads === 1)) {
      return [404, { error: { message: 'No such response.', type: 'invalid_request_error', code: null } }];
    }
    return [200, made.model === 'reads-without-id' ? { ...made.object, id: undefined } : made.object];
  }
}

describe.runIf(dialect.provider === 'response').concurrent('a server that', () => {
  const odd = new OddServer();
  const count = recordingTool('count', (n) => `output ${n}`);
  const taskQueue = `odd-${randomUUID()}`;
  let client: Client;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    installQuietRuntime();
    odd.server.listen(0, '127.0.0.1');
    await once(odd.server, 'listening');
    const address = odd.server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const temporal = { address: inject('temporalAddress') };
    const connection = await Connection.connect(temporal);
    const workerConnection = await NativeConnection.connect(temporal);
    client = new Client({ connection });
    const workers = await createWorkers({
      connection: workerConnection,
      namespace: 'default',
      taskQueue,
      tools: [count.tool],
      accounts: [
        {
          name: 'default',
          apiKey: 'sk-odd-server',
          baseURL: `http://127.0.0.1:${port}/v1`,
          webhookSecrets: [],
          defaultProvider: dialect.provider,
        },
      ],
      workflowBundlePath: inject('workflowBundlePath'),
      workerOptions: { shutdownGraceTime: '1s' },
    });
    const running = workers.map((worker) => worker.run());
    stop = async () => {
      odd.server.close();
      odd.server.closeAllConnections();
      for (const worker of workers) worker.shutdown();
      await Promise.all(running);
      await workerConnection.close();
      await connection.close();
    };
  });
  afterAll(() => stop());

  function start(model: string, tools: string[] = []) {
    const workflowId = `run-${randomUUID()}`;
    const input = { input: 'Hello', request: { model }, tools, policy: quickPolicy() };
    return client.workflow.start(openaiRun, { taskQueue, workflowId, args: [input] });
  }

  it.each([
    ['has slashes in its ids', 'id-with-slash'],
    ['has percent signs in its ids', 'id-with-percent'],
    ['has numbers for ids', 'id-is-a-number'],
    ['echoes nothing, and says null', 'echoes-nothing'],
    ['does not find at once what it has made', 'shows-late'],
    ['does not repeat the id that was asked for', 'reads-without-id'],
  ])('%s is understood, and paid once', async (_name, model) => {
    const handle = await start(model);
    expect(await handle.result()).toMatchObject({ status: 'completed', text: 'fine', recreations: 0 });
    expect(odd.creates.get(handle.workflowId)).toBe(1);
  });

  it('numbers the calls of each response anew gets the output of each', async () => {
    const handle = await start('numbers-calls-anew', ['count']);
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', toolRounds: 2, toolCalls: 2 });
    // The input of the last response, under the server's own name of the call.
    expect(JSON.parse(result.text ?? '')).toEqual([
      { type: 'function_call_output', call_id: 'call_0', output: 'output 2' },
    ]);
    expect(new Set(count.executions(handle.workflowId).map((entry) => entry.idempotencyKey)).size).toBe(2);
  });

  it('wants more tools at once than Temporal takes is told no', async () => {
    const handle = await start('calls-without-end', ['count']);
    await expect(handle.result()).rejects.toMatchObject({
      cause: { type: 'run.failed', message: expect.stringContaining('more than 1000 tools at once') },
    });
    expect(count.executions(handle.workflowId)).toEqual([]);
  });
});
