import { parseArgs } from 'node:util';

/** Of what a benchmark does many times to prepare, and to read what came of it. */
export const atATime = 32;

/** Reads options that are whole numbers, with these names and defaults; ends the process when one is not. Most have to be above 0. */
export function readNumbers<Name extends string>(
  defaults: Record<Name, number>,
  mayBeZero: readonly NoInfer<Name>[] = [],
): Record<Name, number> {
  const given = readGiven(Object.keys(defaults));
  const numbers = { ...defaults };
  for (const name in defaults) {
    const value = Number(given[name] ?? defaults[name]);
    const least = mayBeZero.includes(name) ? 0 : 1;
    if (!Number.isInteger(value) || value < least)
      refuse(`--${name} wants a whole number from ${least} on, not '${String(given[name])}'.`);
    numbers[name] = value;
  }
  return numbers;
}

function readGiven(names: readonly string[]): Partial<Record<string, unknown>> {
  try {
    return parseArgs({ options: Object.fromEntries(names.map((name) => [name, { type: 'string' }])) }).values;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function refuse(message: string): never {
  process.stderr.write(`bench: ${message}\n`);
  process.exit(2);
}
