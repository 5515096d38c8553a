import { CommanderError } from 'commander';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { createCommand } from '../../simulator/flags.ts';
import { runHere } from '../client/support.ts';
import { noFile } from '../config/support.ts';
import { cases, hostileJson, odd } from './hostile.ts';

/** Nothing listens there: what gets as far as Temporal, or as OpenAI, is refused at once. */
const environment = {
  ...noFile,
  TEMPORAL_ADDRESS: '127.0.0.1:1',
  OPENAI_API_KEY: 'sk-nobodys',
  OPENAI_BASE_URL: 'http://127.0.0.1:1/v1',
  NO_COLOR: '1',
};

const commands = [
  ...'start watch result status list cancel help'.split(' ').map((name) => [name]),
  ...'register list test rotate delete help'.split(' ').map((name) => ['webhooks', name]),
  ['webhooks'],
];
const options = (
  '--input --input-file --id --mode --policy --request --tool --wait --limit --status --url --account --event --events --name --now --yes ' +
  '--json --help --version -- - -x --provider --model --assistant --thread --instructions --no-json --json=1 --input= --limit=1'
).split(' ');
const values = [
  ...'0 -1 1e9 webhook polling completed https://a.example http://a / .. __proto__ constructor order-1 whe_1'.split(
    ' ',
  ),
  '',
  ' ',
  '\u0000',
  '\n',
  'a\nb',
  '\u001b[31m',
  'x'.repeat(5_000),
];
const command = fc.constantFrom(...commands);
const option = fc.constantFrom(...options);
const value = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 10 }),
  hostileJson,
  fc.constantFrom(...values),
);
const anyArguments = fc.oneof(
  { weight: 1, arbitrary: fc.array(fc.oneof(option, value), { maxLength: 6 }) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(command, fc.array(fc.oneof(option, value), { maxLength: 5 }))
      .map(([words, rest]) => [...words, ...rest]),
  },
);

/** What is wrong with how a command ends; nothing when it is as it is to be. */
async function flawOf(argv: readonly string[]): Promise<string | undefined> {
  const { code, stdout, stderr } = await runHere(argv, environment);
  const written = `${stdout}${stderr}`;
  if (/\n\s+at .*:\d+|TypeError|RangeError|\[object Object\]|sk-nobodys/.test(written))
    return `it says ${written}`;
  if (code === 0) return undefined;
  if (code !== 2) return `it exits with ${code}`;
  if (stdout === '') return stderr.trim() === '' ? 'it says nothing' : undefined;
  // As JSON: one line with one object, and nothing else.
  if (stderr !== '' || stdout.trim().includes('\n')) return `it says ${written}`;
  const told: unknown = JSON.parse(stdout);
  return errorSchema.safeParse(told).success ? undefined : `it says ${stdout}`;
}

const errorSchema = z.strictObject({
  error: z.strictObject({ code: z.string().regex(/^[a-z_.]+$/), message: z.string().regex(/\S/) }),
});

/** Each command by itself, and with each value as the only argument: what is merely random may not get that far. */
const everyCommand = commands.flatMap((words) => [
  words,
  ...[...values, ...odd].map((text) => [...words, '--json', '--', text]),
]);

/** Side by side, for some wait until nobody answers. */
async function flawsOf(
  given: readonly (readonly string[])[],
): Promise<(readonly [argv: readonly string[], flaw: string])[]> {
  const flaws = await Promise.all(given.map(flawOf));
  return given.flatMap((argv, index) => {
    const flaw = flaws[index];
    return flaw === undefined ? [] : [[argv, flaw] as const];
  });
}

test('every command, with every odd value: an exit code, and for an error one message, in words or as JSON', async () => {
  expect(await flawsOf(everyCommand)).toEqual([]);
});

test('whatever is given: the same', async () => {
  const many = fc.array(anyArguments, { minLength: 100, maxLength: 100 });
  await fc.assert(
    fc.asyncProperty(many, async (all) => {
      expect(await flawsOf(all)).toEqual([]);
    }),
    cases(2),
  );
});

/** What the simulator says of arguments that it does not take; nothing of those that it takes. */
function tellSimulator(argv: readonly string[]): unknown {
  let told = '';
  const write = (text: string): void => void (told += text);
  const program = createCommand().exitOverride().configureOutput({ writeOut: write, writeErr: write });
  try {
    program.parse(argv, { from: 'user' });
    return undefined;
  } catch (error) {
    return error instanceof CommanderError ? told.trim() : error;
  }
}

test('the simulator’s: understood, or refused in words', () => {
  const names = createCommand().options.map(({ long }) => long ?? '');
  const flags = fc.array(fc.oneof(fc.constantFrom(...names), option, value), { maxLength: 5 });
  fc.assert(
    fc.property(flags, (argv) => {
      const told = tellSimulator(argv);
      expect(told === undefined || (typeof told === 'string' && told !== '')).toBe(true);
    }),
    cases(150),
  );
});
