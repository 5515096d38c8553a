import { describe, expect, expectTypeOf, test } from 'vitest';
import * as z from 'zod';
import { demonstrationTools } from '../../tools/demonstration.ts';
import { ToolRegistry } from '../../tools/registry.ts';
import { defineTool, type Tool, type ToolContext } from '../../tools/tool.ts';

const context: ToolContext = {
  callId: 'call_1',
  idempotencyKey: 'k',
  attempt: 1,
  signal: new AbortController().signal,
};

function toolNamed(name: string, given: object = {}): Tool {
  return defineTool({ name, description: 'd', parameters: z.object({}), execute: () => name, ...given });
}

describe('defineTool', () => {
  test('tells the model what the schema says', () => {
    const tool = defineTool({
      name: 'search',
      description: 'Searches',
      parameters: z.object({
        query: z.string().min(1).describe('What to look for'),
        limit: z.int().max(10).optional(),
      }),
      execute({ query, limit }) {
        expectTypeOf(query).toEqualTypeOf<string>();
        expectTypeOf(limit).toEqualTypeOf<number | undefined>();
        return query;
      },
    });
    expect(tool.parameters).toMatchObject({
      type: 'object',
      properties: { query: { type: 'string', minLength: 1, description: 'What to look for' } },
      required: ['query'],
    });
  });

  test('has defaults for everything but the work', () => {
    expect(toolNamed('a').settings).toEqual({
      timeoutMs: 60_000,
      retry: { maximumAttempts: 3, initialMs: 1_000, factor: 2, maximumMs: 30_000 },
      reuseAfterRestart: true,
    });
  });

  test('takes one number at a time', () => {
    const settings = { timeoutMs: 5, retry: { maximumAttempts: 1 }, reuseAfterRestart: false };
    expect(toolNamed('a', settings).settings).toEqual({
      timeoutMs: 5,
      retry: { maximumAttempts: 1, initialMs: 1_000, factor: 2, maximumMs: 30_000 },
      reuseAfterRestart: false,
    });
  });

  test.each(['a', 'get_weather', 'Get-Weather-2', 'a'.repeat(64), '__proto__'])(
    'the name %s is fine',
    (name) => {
      expect(toolNamed(name).name).toBe(name);
    },
  );

  test.each(['', 'get weather', 'wetter_für', 'a'.repeat(65), 'a.b', 'a\n'])(
    'the name %j is refused',
    (name) => {
      expect(() => toolNamed(name)).toThrow(TypeError);
      expect(() => toolNamed(name)).toThrow(/expected 1 to 64 letters.*Rename it/);
    },
  );

  test('a schema that cannot be told to a model is refused when it is defined, not when it is called', () => {
    const parameters = z.object({ at: z.date() });
    expect(() => defineTool({ name: 'a', description: 'd', parameters, execute: () => 1 })).toThrow(
      /[Dd]ate/,
    );
  });

  test.each([
    { retry: { factor: 0.5 } },
    { retry: { maximumAttempts: 2.5 } },
    { retry: { initialMs: 0 } },
    { timeoutMs: -1 },
  ])('settings that Temporal would refuse are refused when the tool is defined: %o', (options) => {
    const parameters = z.object({});
    expect(() =>
      defineTool({ name: 'a', description: 'd', parameters, execute: () => 1, ...options }),
    ).toThrow(/^Tool 'a': /);
  });

  test('defaults and transformations of the schema are the tool’s, not the model’s', async () => {
    const parameters = z.object({ unit: z.string().default('celsius') });
    const tool = defineTool({ name: 'a', description: 'd', parameters, execute: ({ unit }) => unit });
    expect(await tool.execute('{}', context)).toEqual({ kind: 'executed', output: 'celsius' });
  });

  test('an output that is no JSON does not make the tool fail after it has acted', async () => {
    const tool = defineTool({ name: 'a', description: 'd', parameters: z.object({}), execute: () => 12n });
    expect(await tool.execute('{}', context)).toEqual({ kind: 'executed', output: '12' });
  });

  test.each(['', '  ', '{}'])('%j is good enough for a tool without parameters', async (argumentsJson) => {
    expect(await toolNamed('a').execute(argumentsJson, context)).toEqual({ kind: 'executed', output: 'a' });
  });

  test('names every argument that does not fit', async () => {
    const parameters = z.object({ a: z.number(), b: z.object({ c: z.string() }) });
    const tool = defineTool({ name: 'a', description: 'd', parameters, execute: () => 1 });
    const execution = await tool.execute('{"a":"x","b":{"c":1}}', context);
    expect(execution).toEqual({
      kind: 'invalid_arguments',
      message: expect.stringMatching(/a: .*expected number.*; b\.c: .*expected string/),
    });
  });
});

describe('ToolRegistry', () => {
  test('finds tools by name, and nothing else', () => {
    const registry = new ToolRegistry([toolNamed('a'), toolNamed('b')]);
    expect(registry.names).toEqual(['a', 'b']);
    expect(registry.get('b')?.name).toBe('b');
    for (const name of ['c', '', 'constructor', '__proto__', 'toString']) {
      expect(registry.get(name)).toBeUndefined();
    }
  });

  test('two tools of one name are refused', () => {
    expect(() => new ToolRegistry([toolNamed('a'), toolNamed('a')])).toThrow(
      new TypeError("Two tools are called 'a'. Rename one."),
    );
  });
});

test.each([
  ['add', '{"a":2,"b":2}', '4'],
  ['multiply', '{"a":6,"b":7}', '42'],
  ['get_weather', '{"city":"Oslo"}', '{"city":"Oslo","temperatureCelsius":12,"sky":"clear"}'],
])('the demonstration tool %s of %s says %s', async (name, argumentsJson, output) => {
  const tool = new ToolRegistry(demonstrationTools).get(name);
  expect(await tool?.execute(argumentsJson, context)).toEqual({ kind: 'executed', output });
});
