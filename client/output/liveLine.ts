import { stripVTControlCharacters } from 'node:util';
import type { Output } from './output.ts';

const clearLine = '\r\u001b[K';

/** Lines of news. On a terminal the last one is written over as long as it only says how things go on. */
export class LiveLine {
  readonly #output: Output;
  #isOpen = false;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Shows a line; on a terminal it replaces the line before, unless `keepPrevious`. */
  show(text: string, keepPrevious: boolean): void {
    if (!this.#output.isInteractive) return this.#output.say(text);
    const start = !this.#isOpen ? '' : keepPrevious ? '\n' : clearLine;
    this.#output.stdout.write(start + this.#fit(text));
    this.#isOpen = true;
  }

  /** Ends the last line; what follows goes below it. */
  close(): void {
    if (this.#isOpen) this.#output.stdout.write('\n');
    this.#isOpen = false;
  }

  /** A line that wraps could not be written over. Colours are given up with the rest. */
  #fit(text: string): string {
    // Some terminals do not know their width, and say 0.
    const columns = this.#output.stdout.columns || 80;
    const plain = stripVTControlCharacters(text);
    return plain.length < columns ? text : `${plain.slice(0, columns - 2)}…`;
  }
}
