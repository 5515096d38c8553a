import { readFile } from 'node:fs/promises';
import type { CommandContext } from './context.ts';
import { UsageError } from './errors.ts';

export interface TextOptions {
  readonly input?: string;
  /** A path, or `-` for standard input. */
  readonly inputFile?: string;
}

/**
 * The text of the user's message.
 *
 * @throws {UsageError} unless it comes from exactly one place that can be read
 */
export async function readText(
  { input, inputFile }: TextOptions,
  stdin: CommandContext['stdin'],
): Promise<string> {
  if (input !== undefined && inputFile !== undefined)
    throw new UsageError(
      '--input and --input-file are both given: expected one of them. Leave out the other.',
    );
  if (input !== undefined) return input;
  if (inputFile === undefined)
    throw new UsageError(
      'There is no input: expected the message with --input "…", --input-file FILE, or --input-file - for standard input.',
    );
  if (inputFile === '-') return readAll(stdin);
  try {
    return await readFile(inputFile, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--input-file: expected a file that can be read; got '${inputFile}' (${reason}).`);
  }
}

async function readAll(stdin: CommandContext['stdin']): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of stdin) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces).toString('utf8');
}
