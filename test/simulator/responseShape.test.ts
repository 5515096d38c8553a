import type OpenAI from 'openai';
import { expect, it } from 'vitest';
import { z } from 'zod';
import type { ResponseScriptSource } from '../../simulator/index.ts';
import { reached, scriptedResponse as scripted, send, useSimulator } from './support.ts';

/**
 * Every field of a response, and whether it may be null. The compiler holds the table against the SDK's type: a field that
 * the SDK gains or loses is an error here. `absent`: the SDK adds it, or the API sends it for features that are not here.
 */
const RESPONSE: Record<keyof OpenAI.Responses.Response, 'present' | 'nullable' | 'absent'> = {
  id: 'present',
  object: 'present',
  created_at: 'present',
  status: 'present',
  access_programs: 'nullable',
  background: 'present',
  completed_at: 'nullable',
  conversation: 'nullable',
  error: 'nullable',
  image: 'absent',
  incomplete_details: 'nullable',
  input_transformations: 'absent',
  instructions: 'nullable',
  max_output_tokens: 'nullable',
  max_tool_calls: 'nullable',
  metadata: 'present',
  model: 'present',
  moderation: 'absent',
  output: 'present',
  output_text: 'absent',
  parallel_tool_calls: 'present',
  previous_response_id: 'nullable',
  prompt: 'absent',
  prompt_cache_diagnostics: 'absent',
  prompt_cache_key: 'nullable',
  prompt_cache_options: 'absent',
  prompt_cache_retention: 'absent',
  reasoning: 'present',
  safety_identifier: 'nullable',
  service_tier: 'present',
  temperature: 'present',
  text: 'present',
  tool_choice: 'present',
  tool_usage: 'absent',
  tools: 'present',
  top_logprobs: 'present',
  top_p: 'present',
  truncation: 'present',
  usage: 'nullable',
  user: 'nullable',
};
/** What the API sends and the SDK's type does not have. */
const BEYOND_THE_SDK = ['store'];

const anObject = z.record(z.string(), z.unknown());

function check(response: Record<string, unknown>): void {
  const sent = Object.entries(RESPONSE).filter(([, kind]) => kind !== 'absent');
  expect(Object.keys(response).toSorted()).toEqual(
    [...sent.map(([name]) => name), ...BEYOND_THE_SDK].toSorted(),
  );
  const present = sent.filter(([, kind]) => kind === 'present').map(([name]) => name);
  expect(present.filter((name) => response[name] === null)).toEqual([]);
}

/** What is set in which status only. */
const ONLY_IN: Record<string, string[]> = {
  usage: ['completed', 'incomplete'],
  error: ['failed'],
  incomplete_details: ['incomplete'],
  completed_at: ['completed'],
};

const ends: [status: string, script: ResponseScriptSource][] = [
  ['queued', { stuck: 'queued' }],
  ['in_progress', { stuck: 'in_progress' }],
  ['completed', {}],
  ['completed', { rounds: [[{ name: 'add', arguments: {} }]] }],
  ['failed', { end: 'failed' }],
  ['incomplete', { end: 'incomplete' }],
  ['cancelled', { end: 'cancelled' }],
];
it.each(ends)('a %s response has all its fields (%j)', async (status, script) => {
  const simulator = await useSimulator();
  const body = { model: 'm', input: 'Hello', background: true, metadata: scripted(script) };
  const created = anObject.parse(
    await (await send(simulator, 'POST', '/responses', JSON.stringify(body))).json(),
  );
  check(created);
  await reached(simulator, String(created['id']), status);
  const read = anObject.parse(
    await (await send(simulator, 'GET', `/responses/${String(created['id'])}`)).json(),
  );
  check(read);
  expect(read['status']).toBe(status);
  const set = Object.keys(ONLY_IN).filter((name) => read[name] !== null);
  expect(set).toEqual(Object.keys(ONLY_IN).filter((name) => ONLY_IN[name]?.includes(status)));
});
