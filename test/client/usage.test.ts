import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readJson, runHere } from './support.ts';

/** A port that nothing listens on: a command that got so far as to ask Temporal would say so. */
const environment = { TEMPORAL_ADDRESS: '127.0.0.1:1' };

describe('a command that is not used rightly', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'durable-runs-test-'));
    await writeFile(join(folder, 'empty.txt'), '');
  });
  afterAll(() => rm(folder, { recursive: true }));

  const start = ['start', '--input', 'Hello'];
  const cases: [name: string, given: readonly string[], code: string, message: string][] = [
    ['an unknown command', ['strat'], 'usage', "unknown command 'strat'"],
    ['an unknown option', [...start, '--bogus'], 'usage', "unknown option '--bogus'"],
    ['an argument too many', ['list', 'x'], 'usage', 'too many arguments'],
    ['no id', ['watch'], 'usage', "missing required argument 'id'"],
    ['no input', ['start'], 'usage', 'There is no input: expected the message with --input'],
    ['two inputs', [...start, '--input-file', '-'], 'usage', '--input and --input-file are both given'],
    ['no such file', ['start', '--input-file', 'no-such-file'], 'usage', "got 'no-such-file'"],
    [
      'an unknown mode',
      [...start, '--mode', 'fast'],
      'usage',
      'Allowed choices are polling, relaxed, webhook',
    ],
    ['a policy that is no JSON', [...start, '--policy', '{'], 'usage', 'this is not JSON'],
    ['a policy that is no object', [...start, '--policy', '[]'], 'usage', 'Expected a JSON object'],
    [
      'a misspelt policy',
      [...start, '--policy', '{"wiat":{}}'],
      'invalid_input',
      'policy: Unrecognized key: "wiat"',
    ],
    ['a tool that cannot be named so', [...start, '--tool', 'a b'], 'invalid_input', 'tools.0:'],
    ['an empty input', ['start', '--input', ''], 'invalid_input', 'input: expected the text of the message'],
    ['an empty id', [...start, '--id', ''], 'invalid_input', 'id is empty'],
    ['an id that is too long', [...start, '--id', 'x'.repeat(600)], 'invalid_input', '600 characters'],
    ['a limit of none', ['list', '--limit', '0'], 'usage', 'Expected a whole number from 1 to 10000'],
    ['an unknown status', ['list', '--status', 'done'], 'usage', 'Allowed choices are running, completed'],
    ['an interval that is no number', ['watch', 'x', '--interval', '1s'], 'usage', 'Expected a whole number'],
  ];
  it.each(cases)(
    '%s: says so, in words and as JSON, and exits with 2',
    async (_name, given, code, message) => {
      const inWords = await runHere(given, environment);
      expect(inWords).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(message) });

      const asJson = await runHere([...given, '--json'], environment);
      expect(asJson).toMatchObject({ code: 2, stderr: '' });
      expect(readJson(asJson)).toEqual({ error: { code, message: expect.stringContaining(message) } });
    },
  );

  it('an empty standard input', async () => {
    expect(await runHere(['start', '--input-file', '-'], environment)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('input: expected the text of the message'),
    });
    expect(await runHere(['start', '--input-file', join(folder, 'empty.txt')], environment)).toMatchObject({
      code: 2,
    });
  });

  it('a configuration that is not valid', async () => {
    const ended = await runHere(['list', '--json'], { ...environment, TEMPORAL_UI_URL: 'localhost' });
    expect(ended.code).toBe(2);
    expect(readJson(ended)).toEqual({
      error: { code: 'configuration', message: expect.stringContaining("got 'localhost'") },
    });
  });

  it('no command: shows what there is', async () => {
    const ended = await runHere([], environment);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toContain('Usage: runs');
  });

  it('--help is an answer', async () => {
    expect(await runHere(['--help'], environment)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Exit codes:'),
    });
    expect(await runHere(['start', '--help'], environment)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('--input-file'),
    });
  });
});
