import type OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import type { HttpFault } from '../../simulator/index.ts';
import { reached, scriptedResponse as scripted, send, statusesOf, useSimulator } from './support.ts';

const model = 'gpt-sim';
const WEATHER: OpenAI.Responses.FunctionTool = {
  type: 'function',
  name: 'get_weather',
  description: 'Get the current weather in a city',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
  strict: false,
};
type Event = OpenAI.Responses.ResponseStreamEvent;

async function collect(stream: AsyncIterable<Event>): Promise<Event[]> {
  const events: Event[] = [];
  for await (const event of stream) events.push(event);
  return events;
}
/** The types of the events, repeated deltas once. */
function story(events: readonly Event[]): string[] {
  const types = events.map(({ type }) => type.replace('response.', ''));
  return types.filter((type, index) => type !== types[index - 1]);
}

describe('a streamed response', () => {
  it('tells its text piece by piece, numbered from 0', async () => {
    const { client } = await useSimulator();
    const stream = await client.responses.create({
      model,
      stream: true,
      background: true,
      input: 'Tell me something that is long enough for several pieces.',
    });
    const events = await collect(stream);
    expect(story(events)).toEqual([
      'created',
      'queued',
      'in_progress',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'completed',
    ]);
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index));
    const deltas = events.filter((event) => event.type === 'response.output_text.delta');
    expect(deltas.length).toBeGreaterThan(3);
    const done = events.find((event) => event.type === 'response.output_text.done');
    expect(deltas.map(({ delta }) => delta).join('')).toBe(done?.text);
    expect(events.at(-1)).toMatchObject({
      response: { status: 'completed', usage: { total_tokens: expect.any(Number) } },
    });
  });

  it('tells the arguments of its calls, and works with the client’s helper', async () => {
    const { client } = await useSimulator();
    const stream = client.responses.stream({
      model,
      tools: [WEATHER],
      input: 'Weather in Paris and in Rome?',
    });
    const seen: string[] = [];
    stream.on('event', ({ type }) => seen.push(type));
    const response = await stream.finalResponse();
    expect(response.output).toMatchObject([
      { type: 'function_call', arguments: '{"city":"Paris"}' },
      { type: 'function_call', arguments: '{"city":"Rome"}' },
    ]);
    expect(seen.filter((type) => type === 'response.function_call_arguments.done')).toHaveLength(2);
    expect(seen).not.toContain('response.queued');
  });

  it('tells a refusal piece by piece', async () => {
    const { client } = await useSimulator();
    const stream = await client.responses.create({
      model,
      stream: true,
      input: 'Hello',
      metadata: scripted({ refusal: 'I cannot help with that.' }),
    });
    const events = await collect(stream);
    expect(story(events)).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'content_part.added',
      'refusal.delta',
      'refusal.done',
      'content_part.done',
      'output_item.done',
      'completed',
    ]);
    const deltas = events.filter((event) => event.type === 'response.refusal.delta');
    expect(deltas.map(({ delta }) => delta).join('')).toBe('I cannot help with that.');
  });

  it.each([
    ['failed', { end: 'failed' }],
    ['incomplete', { end: 'incomplete' }],
  ] as const)('ends with %s', async (status, script) => {
    const { client } = await useSimulator();
    const stream = await client.responses.create({
      model,
      stream: true,
      input: 'Hello',
      metadata: scripted(script),
    });
    expect((await collect(stream)).at(-1)).toMatchObject({
      type: `response.${status}`,
      response: { status },
    });
  });

  it('is plain server-sent events, without [DONE], padded unless told otherwise', async () => {
    const simulator = await useSimulator();
    const ask = async (options: object) => {
      const answer = await send(
        simulator,
        'POST',
        '/responses',
        JSON.stringify({ model, input: 'Hello', stream: true, ...options }),
      );
      expect(answer.headers.get('content-type')).toContain('text/event-stream');
      expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
      return answer.text();
    };
    const text = await ask({});
    expect(text).toMatch(/^event: response.created\ndata: \{.*\}\n\n/);
    expect(text).not.toContain('[DONE]');
    expect(text).toContain('"obfuscation":"x');
    expect(await ask({ stream_options: { include_obfuscation: false } })).not.toContain('obfuscation');
    expect(simulator.log.entries({ endpoint: 'responses.create' })).toMatchObject([
      { status: 200, outcome: 'answered' },
      { status: 200, outcome: 'answered' },
    ]);
  });
});

describe('a broken stream', () => {
  it('goes on in the background, and is taken up again where it was', async () => {
    const simulator = await useSimulator({ workMs: 30 });
    const { responses } = simulator.client;
    simulator.addFault({ on: 'responses.create', fault: { kind: 'cut_stream', afterEvents: 5 } });
    const stream = await responses.create({
      model,
      stream: true,
      background: true,
      input: 'Tell me a story.',
    });
    const before: Event[] = [];
    await expect(
      (async () => {
        for await (const event of stream) before.push(event);
      })(),
    ).rejects.toBeInstanceOf(Error);
    const [created] = before;
    const id = created?.type === 'response.created' ? created.response.id : '';
    const last = before.at(-1)?.sequence_number ?? -1;
    const after = await collect(await responses.retrieve(id, { stream: true, starting_after: last }));
    expect(after[0]?.sequence_number).toBe(last + 1);
    expect(after.at(-1)).toMatchObject({ type: 'response.completed' });

    const replayed = await collect(await responses.retrieve(id, { stream: true }));
    expect(replayed).toHaveLength(before.length + after.length);
    const resumed = responses.stream({ response_id: id, starting_after: last });
    expect(await resumed.finalResponse()).toMatchObject({ status: 'completed' });
  });

  it('ends a response in the foreground', async () => {
    const simulator = await useSimulator();
    const metadata = scripted({ stuck: 'in_progress' });
    const stream = await simulator.client.responses.create({ model, stream: true, input: 'Hello', metadata });
    for await (const event of stream) if (event.type === 'response.in_progress') break;
    const [created] = simulator.log.entries({ kind: 'run' });
    await reached(simulator, created?.runId ?? '', 'cancelled');
    expect(statusesOf(simulator, created?.runId ?? '')).toEqual(['in_progress', 'cancelled']);
  });

  it('does not end one in the background', async () => {
    const simulator = await useSimulator({ workMs: 20 });
    const stream = await simulator.client.responses.create({
      model,
      stream: true,
      background: true,
      input: 'Hello',
    });
    for await (const event of stream) if (event.type === 'response.created') break;
    const [created] = simulator.log.entries({ kind: 'run' });
    await reached(simulator, created?.runId ?? '', 'completed');
    expect(statusesOf(simulator, created?.runId ?? '')).toEqual(['queued', 'in_progress', 'completed']);
  });

  it('ends without a last event when the response is cancelled', async () => {
    const { client } = await useSimulator();
    const metadata = scripted({ stuck: 'in_progress' });
    const stream = await client.responses.create({
      model,
      stream: true,
      background: true,
      input: 'x',
      metadata,
    });
    const events: Event[] = [];
    for await (const event of stream) {
      events.push(event);
      if (event.type === 'response.in_progress') await client.responses.cancel(event.response.id);
    }
    expect(story(events)).toEqual(['created', 'queued', 'in_progress']);
  });
});

describe('taking up a stream', () => {
  it.each([
    [{ background: true }, /not created with stream=true or the stream TTL has expired\.$/],
    [{ background: false }, /not created with background=true\.$/],
  ])('is refused for one created with %j', async (options, text) => {
    const { client } = await useSimulator();
    const { id } = await client.responses.create({ model, input: 'x', stream: false, ...options });
    await expect(client.responses.retrieve(id, { stream: true }).then(collect)).rejects.toMatchObject({
      status: 400,
      param: 'stream',
      message: expect.stringMatching(text),
    });
  });

  it('is refused after five minutes', async () => {
    const simulator = await useSimulator({ time: 'stepped' });
    const { responses } = simulator.client;
    const stream = await responses.create({ model, stream: true, background: true, input: 'x' });
    await simulator.advance(1000);
    const [created, ...rest] = await collect(stream);
    const id = created?.type === 'response.created' ? created.response.id : '';
    await simulator.advance(298_000);
    const again = await responses.retrieve(id, { stream: true, starting_after: 0 });
    expect(await collect(again)).toHaveLength(rest.length);
    await simulator.advance(3000);
    await expect(responses.retrieve(id, { stream: true }).then(collect)).rejects.toThrow(
      '400 This response can no longer be streamed because it is more than 5 minutes old.',
    );
    expect(await responses.retrieve(id)).toMatchObject({ status: 'completed' });
  });
});

const faults: HttpFault[] = [
  { kind: 'drop_reply' },
  { kind: 'reset', when: 'after' },
  { kind: 'truncate', cut: true },
  { kind: 'truncate', cut: false },
  { kind: 'status', status: 500, when: 'after' },
  { kind: 'html', status: 502, when: 'after' },
  { kind: 'delay', ms: 1, when: 'after' },
];
it.each(faults)('survives $kind on a stream', async (fault) => {
  const simulator = await useSimulator();
  const { client } = simulator;
  simulator.addFault({ on: '*', fault, times: null });
  const body = JSON.stringify({ model, input: 'Hello', stream: true, background: true });
  await send(simulator, 'POST', '/responses', body).then(
    (answer) => answer.text(),
    () => 'no answer',
  );
  const [created] = simulator.log.entries({ kind: 'run' });
  await reached(simulator, created?.runId ?? '', 'completed');
  simulator.removeFaults();
  expect(await client.responses.retrieve(created?.runId ?? '')).toMatchObject({ status: 'completed' });
});
