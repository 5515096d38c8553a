import { InvalidArgumentError, Option } from 'commander';
import * as z from 'zod';
import type { JsonObject } from '../../core/json.ts';

/* Options that several commands have, and how the values of options are read. */

/** Every command has it: the output finds it there. */
export function jsonOption(): Option {
  return new Option('--json', 'print one JSON object on standard output and nothing else');
}

const jsonObjectSchema = z.record(z.string(), z.json());

/** Reads an option's value as a JSON object. */
export function parseJsonObject(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InvalidArgumentError(
      `Expected a JSON object; this is not JSON (${error instanceof Error ? error.message : String(error)}).`,
    );
  }
  const parsed = jsonObjectSchema.safeParse(value);
  if (!parsed.success) throw new InvalidArgumentError('Expected a JSON object, such as {"name": "value"}.');
  return parsed.data;
}

/** Makes a reader for whole numbers within bounds. */
export function parseInteger(lowest: number, highest: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= lowest && value <= highest) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${lowest} to ${highest}.`);
  };
}

/** For an option that may be given several times. */
export function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}
