import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** What a log holds before a process begins to append to it, in bytes; 0 if there is none. */
export function logSize(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * The last lines of a log, for an error message; says so if there are none.
 *
 * @param fromByte where the part begins that is of interest: what earlier processes wrote explains nothing
 */
export function logTail(file: string, fromByte = 0, lines = 15): string {
  let text = '';
  try {
    text = readFrom(file, fromByte).trim();
  } catch {
    // No log is as good as an empty one here.
  }
  return text === '' ? '(empty)' : text.split('\n').slice(-lines).join('\n');
}

function readFrom(file: string, fromByte: number): string {
  const descriptor = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(Math.max(0, logSize(file) - fromByte));
    return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, buffer.length, fromByte));
  } finally {
    closeSync(descriptor);
  }
}
