import { parseArgs } from 'node:util';

/** Reads options that are whole numbers, with these names and defaults; ends the process when one is not. */
export function readNumbers<Name extends string>(defaults: Record<Name, number>): Record<Name, number> {
  const given = readGiven(Object.keys(defaults));
  const numbers = { ...defaults };
  for (const name in defaults) {
    const value = Number(given[name] ?? defaults[name]);
    if (!Number.isInteger(value) || value < 0)
      refuse(`--${name} wants a whole number, not '${String(given[name])}'.`);
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
