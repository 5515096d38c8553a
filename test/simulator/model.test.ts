import { describe, expect, it } from 'vitest';
import { decide } from '../../simulator/model/model.ts';
import type { ModelInput } from '../../simulator/model/model.ts';
import { evaluate, solveArithmetic } from '../../simulator/model/arithmetic.ts';
import { ADD_TOOL, MULTIPLY_TOOL, WEATHER_TOOL } from './support.ts';

const tools = [ADD_TOOL.function, MULTIPLY_TOOL.function, WEATHER_TOOL.function];

/** Plays a whole conversation: each round's calls as text, then the answer. */
function play(prompt: string, options: Partial<ModelInput> = {}): { rounds: string[][]; answer: string } {
  const rounds: { calls: { name: string; arguments: string }[]; outputs: string[] }[] = [];
  for (;;) {
    const decision = decide({
      messages: [{ role: 'user', text: prompt }],
      tools,
      toolChoice: 'auto',
      responseFormat: 'auto',
      parallel: true,
      rounds,
      ...options,
    });
    if (decision.kind === 'answer') {
      return {
        rounds: rounds.map((round) => round.calls.map((call) => call.name + call.arguments)),
        answer: decision.text,
      };
    }
    rounds.push({ calls: decision.calls, outputs: decision.calls.map(execute) });
  }
}

function execute(call: { name: string; arguments: string }): string {
  const { a, b, city }: { a: number; b: number; city: string } = JSON.parse(call.arguments);
  if (call.name === 'add') return String(a + b);
  return call.name === 'multiply' ? JSON.stringify({ result: a * b }) : `sunny in ${city}`;
}

describe('tool calls', () => {
  it.each<[string, string[][]]>([
    ['Add 2 and 3', [['add{"a":2,"b":3}']]],
    ['What is the sum of 1.5 and -2?', [['add{"a":1.5,"b":-2}']]],
    ['add 2 and 3 and multiply 4 by 5', [['add{"a":2,"b":3}', 'multiply{"a":4,"b":5}']]],
    ['Add 1 and 2, add 3 and 4', [['add{"a":1,"b":2}', 'add{"a":3,"b":4}']]],
    ['Add 2 and 3, then multiply 5 by 4', [['add{"a":2,"b":3}'], ['multiply{"a":5,"b":4}']]],
    ['Add 2 and 3, then multiply the result by 4.', [['add{"a":2,"b":3}'], ['multiply{"a":5,"b":4}']]],
    [
      'Add 2 and 3. Then multiply that by 10. Then add 1 to it.',
      [['add{"a":2,"b":3}'], ['multiply{"a":5,"b":10}'], ['add{"a":1,"b":50}']],
    ],
    [
      'What is the weather in Paris and in Rome?',
      [['get_weather{"city":"Paris"}', 'get_weather{"city":"Rome"}']],
    ],
    [
      "What's the weather like in paris, rome and New York?",
      [['get_weather{"city":"paris"}', 'get_weather{"city":"rome"}', 'get_weather{"city":"New York"}']],
    ],
    [
      'Get the weather for "Bad Homburg and Oberursel"',
      [['get_weather{"city":"Bad Homburg and Oberursel"}']],
    ],
    ['Weather Berlin', [['get_weather{"city":"Berlin"}']]],
    ['What is the weather in Paris? And add 1 and 2.', [['get_weather{"city":"Paris"}', 'add{"a":1,"b":2}']]],
    ['What is 2+2?', []],
    ['Tell me a joke about the constructor of __proto__', []],
  ])('%s', (prompt, rounds) => {
    expect(play(prompt).rounds).toEqual(rounds);
  });

  it('come one by one when parallel calls are not wanted', () => {
    expect(play('What is the weather in Paris and in Rome?', { parallel: false }).rounds).toEqual([
      ['get_weather{"city":"Paris"}'],
      ['get_weather{"city":"Rome"}'],
    ]);
  });

  it('obey the tool choice', () => {
    expect(play('Add 2 and 3', { toolChoice: 'none' }).rounds).toEqual([]);
    expect(
      play('Add 2 and 3', { toolChoice: { type: 'function', function: { name: 'multiply' } } }).rounds,
    ).toEqual([['multiply{"a":2,"b":3}']]);
    expect(play('Hello', { toolChoice: 'required', tools: [WEATHER_TOOL.function] }).rounds).toHaveLength(1);
  });

  it('fill in what a schema offers besides numbers and text', () => {
    const convert = {
      name: 'convert_temperature',
      parameters: {
        type: 'object',
        properties: {
          degrees: { type: 'integer' },
          unit: { type: 'string', enum: ['celsius', 'fahrenheit'] },
          exact: { type: 'boolean' },
          notes: { type: 'array' },
        },
      },
    };
    expect(play('Convert the temperature of 20 degrees to Fahrenheit', { tools: [convert] }).rounds).toEqual([
      ['convert_temperature{"degrees":20,"unit":"fahrenheit","exact":true}'],
    ]);
  });
});

describe('answers', () => {
  it('cite the outputs', () => {
    expect(play('Add 2 and 3, then multiply the result by 4').answer).toBe(
      'Here is what I found: add({"a":2,"b":3}) = 5; multiply({"a":5,"b":4}) = {"result":20}.',
    );
  });

  it('quote the prompt when there is nothing to do', () => {
    expect(play('Tell me a joke').answer).toBe(
      'You said: "Tell me a joke". This is the simulator\'s answer.',
    );
  });

  it('have the format that was asked for', () => {
    expect(JSON.parse(play('What is 2+2?', { responseFormat: { type: 'json_object' } }).answer)).toEqual({
      answer: '2+2 = 4.',
    });
    const schema = {
      type: 'object',
      properties: {
        text: { type: 'string' },
        value: { type: 'number' },
        tags: { type: 'array', items: { enum: ['x'] } },
      },
    };
    const format = { type: 'json_schema', json_schema: { name: 'n', schema } } as const;
    expect(JSON.parse(play('What is 2+2?', { responseFormat: format }).answer)).toEqual({
      text: '2+2 = 4.',
      value: 4,
      tags: ['x'],
    });
  });
});

describe('arithmetic', () => {
  it.each([
    ['What is 2+2?', '2+2 = 4'],
    ['What is (2 + 3) * 4.5?', '(2+3)*4.5 = 22.5'],
    ['12 times 12, please', '12*12 = 144'],
    ['How much is 10 divided by 4', '10/4 = 2.5'],
    ['0.1 plus 0.2', '0.1+0.2 = 0.3'],
    ['2^10 - -1', '2^10--1 = 1025'],
    ['3 x 4', '3*4 = 12'],
    ['What happened on 2026-11-21?', undefined],
    ['1/0', undefined],
    ['I have 3 cats', undefined],
  ])('%s', (text, solved) => {
    expect(solveArithmetic(text)).toBe(solved);
  });

  it.each(['', '2 +', '(2', '2)', 'x + 1', '2 2'])('has no value for %j', (expression) => {
    expect(evaluate(expression)).toBeUndefined();
  });
});
