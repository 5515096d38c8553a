import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { runHere } from '../client/support.ts';
import { hostileJson } from './hostile.ts';

/** Nothing listens there: what gets as far as Temporal, or as OpenAI, is refused at once. */
const environment = {
  TEMPORAL_ADDRESS: '127.0.0.1:1',
  OPENAI_API_KEY: 'sk-nobodys',
  OPENAI_BASE_URL: 'http://127.0.0.1:1/v1',
  NO_COLOR: '1',
};

const words = 'start watch result status list cancel webhooks register rotate delete test help'.split(' ');
const options = (
  '--input --input-file --id --mode --policy --request --tool --wait --limit --status --interval --url --account --event --now --yes ' +
  '--json --help --version -- - -x --provider --model --task-queue --no-json --json=1 --input= --limit=1'
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
const word = fc.constantFrom(...words);
const option = fc.constantFrom(...options);
const value = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 10 }),
  hostileJson,
  fc.constantFrom(...values),
);
const given = fc.oneof(
  fc.array(fc.oneof(word, option, value), { maxLength: 6 }),
  fc
    .tuple(word, fc.array(fc.oneof(option, value), { maxLength: 5 }))
    .map(([first, rest]) => [first, ...rest]),
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

test('whatever is given: an exit code, and for an error one message, in words or as JSON', async () => {
  // Side by side, for some wait until nobody answers.
  const many = fc.array(given, { minLength: 50, maxLength: 50 });
  await fc.assert(
    fc.asyncProperty(many, async (commands) => {
      const flaws = await Promise.all(commands.map(flawOf));
      expect(flaws.map((flaw, index) => [commands[index], flaw])).toEqual(
        commands.map((argv) => [argv, undefined]),
      );
    }),
    { numRuns: 2 },
  );
});
