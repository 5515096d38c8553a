import { createServer } from 'node:http';
import OpenAI from 'openai';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { startSimulator } from '../../simulator/index.ts';
import type {
  ResponseScriptSource,
  ScriptSource,
  Simulator,
  SimulatorOptions,
} from '../../simulator/index.ts';

export const KEY = 'sk-simulator';
export const SECRET = 'whsec_c2ltdWxhdG9yLXRlc3Qtc2VjcmV0';

/** A simulator on a free port with short durations, closed at the end of the test. */
export async function useSimulator(options: SimulatorOptions = {}): Promise<Simulator & { client: OpenAI }> {
  const simulator = await startSimulator({
    port: 0,
    queueMs: 1,
    workMs: 2,
    cancelMs: 1,
    redeliverAfterMs: 2,
    ...options,
  });
  onTestFinished(() => simulator.close());
  return Object.assign(simulator, { client: clientOf(simulator) });
}

export function clientOf(simulator: Simulator, options: { apiKey?: string } = {}): OpenAI {
  return new OpenAI({ apiKey: KEY, baseURL: simulator.baseURL, maxRetries: 0, ...options });
}

/** A run's metadata with a script in it. */
export function scripted(script: ScriptSource): { simulator: string } {
  return { simulator: JSON.stringify(script) };
}

/** {@link scripted} for a response. */
export function scriptedResponse(script: ResponseScriptSource): { simulator: string } {
  return { simulator: JSON.stringify(script) };
}

/** A thread with one user message. */
export async function createThread(client: OpenAI, prompt: string): Promise<string> {
  const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: prompt }] });
  return thread.id;
}

/** The statuses a run went through, from the log. */
export function statusesOf(simulator: Simulator, runId: string): string[] {
  return simulator.log.entries({ kind: 'run', runId }).map((entry) => (entry.kind === 'run' ? entry.to : ''));
}

/** Resolves when the run reaches the status. */
export async function reached(simulator: Simulator, runId: string, status: string): Promise<void> {
  await simulator.log.waitFor(
    (entry) => entry.kind === 'run' && entry.runId === runId && entry.to === status,
  );
}

/** A raw request with a good key and beta header; `body` is sent as it is. */
export function send(
  simulator: Simulator,
  method: string,
  path: string,
  body?: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(simulator.baseURL + path, {
    method,
    headers: {
      authorization: `Bearer ${KEY}`,
      'openai-beta': 'assistants=v2',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
}

/** The control API, as somebody in another language uses it: no key. */
export async function control(
  simulator: Simulator,
  method: string,
  path: string,
  body?: object,
): Promise<unknown> {
  const response = await fetch(`${simulator.url}/_simulator${path}`, {
    method,
    ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
  });
  return response.json();
}

export interface Received {
  headers: Headers;
  body: string;
}

/** Names and values alternate in Node's raw headers. */
function readHeaders(raw: readonly string[]): [string, string][] {
  return raw.flatMap((name, index) =>
    index % 2 === 0 ? [[name, raw[index + 1] ?? ''] satisfies [string, string]] : [],
  );
}

const envelope = z.strictObject({
  error: z.strictObject({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string().nullable(),
  }),
});

/** The inside of an error envelope, which must have exactly its four fields. */
export function readError(json: string): z.infer<typeof envelope>['error'] {
  return envelope.parse(JSON.parse(json)).error;
}

/** A webhook receiver that answers with `answers` in turn, the last one for ever; 0 is no answer at all. */
export async function useReceiver(...answers: number[]): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({
        headers: new Headers(readHeaders(request.rawHeaders)),
        body: Buffer.concat(chunks).toString(),
      });
      const status = answers[Math.min(received.length, answers.length) - 1] ?? 200;
      if (status === 0) return;
      response.writeHead(status, status >= 300 && status < 400 ? { location: '/elsewhere' } : {}).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}/hook`, received };
}

export const ADD_TOOL: OpenAI.Beta.FunctionTool = {
  type: 'function',
  function: {
    name: 'add',
    description: 'Add two numbers',
    parameters: {
      type: 'object',
      properties: { a: { type: 'number' }, b: { type: 'number' } },
      required: ['a', 'b'],
    },
  },
};
export const MULTIPLY_TOOL: OpenAI.Beta.FunctionTool = {
  type: 'function',
  function: { ...ADD_TOOL.function, name: 'multiply', description: 'Multiply two numbers' },
};
export const WEATHER_TOOL: OpenAI.Beta.FunctionTool = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Get the current weather in a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};
