import { expect, it } from 'vitest';
import { z } from 'zod';
import { SIMULATOR_ASSISTANT_ID as assistant_id } from '../../simulator/index.ts';
import type { ScriptSource, Simulator } from '../../simulator/index.ts';
import { SHAPES, shapeErrors } from './shapes.ts';
import { WEATHER_TOOL, reached, scripted, send, useSimulator } from './support.ts';

// Objects are read raw: a client's types would hide a missing field.

const anObject = z.looseObject({ id: z.string(), object: z.string() });
const aList = z.strictObject({
  object: z.literal('list'),
  data: z.array(anObject),
  first_id: z.string().nullable(),
  last_id: z.string().nullable(),
  has_more: z.boolean(),
});
const shapeName = z.string().transform((name, check) => {
  if (isShape(name)) return name;
  check.addIssue({ code: 'custom', message: `no shape for '${name}'` });
  return z.NEVER;
});

function isShape(name: string): name is keyof typeof SHAPES {
  return name in SHAPES;
}

/** Calls the API raw, and holds what it answers against the shape it says it has. */
async function call(simulator: Simulator, method: string, path: string, body?: object) {
  const response = await send(simulator, method, path, body && JSON.stringify(body));
  const json: unknown = await response.json();
  expect([response.status, method, path]).toEqual([200, method, path]);
  const list = aList.safeParse(json);
  const objects = list.success ? list.data.data : [anObject.parse(json)];
  for (const object of objects) {
    expect([object.object, ...shapeErrors(shapeName.parse(object.object), object)]).toEqual([object.object]);
  }
  return objects;
}

const ENDINGS: ScriptSource[] = [
  {},
  { error: { code: 'invalid_prompt' } },
  { reason: 'max_completion_tokens' },
  { stuck: 'in_progress', expiresAfterMs: 5 },
  { end: 'cancelled' },
];

it('sends every field of every object, and null only where the SDK says so', async () => {
  const simulator = await useSimulator();
  const [assistant] = await call(simulator, 'POST', '/assistants', { model: 'm' });
  await call(simulator, 'POST', `/assistants/${assistant?.id}`, { name: 'N', temperature: 0 });
  await call(simulator, 'GET', '/assistants');
  await call(simulator, 'DELETE', `/assistants/${assistant?.id}`);

  const [thread] = await call(simulator, 'POST', '/threads', {
    messages: [{ role: 'user', content: 'The weather in Paris?' }],
  });
  const inThread = `/threads/${thread?.id}`;
  await call(simulator, 'GET', inThread);
  await call(simulator, 'POST', inThread, { metadata: { a: '1' } });
  const [message] = await call(simulator, 'POST', `${inThread}/messages`, {
    role: 'assistant',
    content: 'Hm',
  });
  await call(simulator, 'POST', `${inThread}/messages/${message?.id}`, { metadata: null });
  await call(simulator, 'DELETE', `${inThread}/messages/${message?.id}`);

  for (const script of ENDINGS) {
    const metadata = scripted(script);
    const [run] = await call(simulator, 'POST', `${inThread}/runs`, { assistant_id, metadata });
    const entry = await simulator.log.waitFor(
      (line) =>
        line.kind === 'run' &&
        line.runId === run?.id &&
        /ed$|complete$/.test(line.to) &&
        line.to !== 'queued',
    );
    expect(entry.runId).toBe(run?.id);
    await call(simulator, 'GET', `${inThread}/runs/${run?.id}`);
    await call(simulator, 'GET', `${inThread}/runs/${run?.id}/steps`);
  }
  const [waiting] = await call(simulator, 'POST', `${inThread}/runs`, {
    assistant_id,
    tools: [WEATHER_TOOL],
  });
  await reached(simulator, waiting?.id ?? '', 'requires_action');
  await call(simulator, 'GET', `${inThread}/runs`);
  const [step] = await call(simulator, 'GET', `${inThread}/runs/${waiting?.id}/steps`);
  await call(simulator, 'GET', `${inThread}/runs/${waiting?.id}/steps/${step?.id}`);
  await call(simulator, 'POST', `${inThread}/runs/${waiting?.id}/cancel`);
  await call(simulator, 'GET', `${inThread}/messages`);
  await call(simulator, 'DELETE', inThread);
  await call(simulator, 'POST', '/threads/runs', { assistant_id });
});
