import { readFileSync } from 'node:fs';

/** The last lines of a log, for an error message; says so if there are none. */
export function logTail(file: string, lines = 15): string {
  let text = '';
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch {
    // No log is as good as an empty one here.
  }
  return text === '' ? '(empty)' : text.split('\n').slice(-lines).join('\n');
}
