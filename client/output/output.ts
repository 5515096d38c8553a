import { styleText } from 'node:util';
import type { Environment } from '../../config/environment.ts';

/** As much of a stream as a command needs to write to it. */
export interface TextStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Marks text with a colour or weight, where that can be seen. */
export type Paint = (style: 'bold' | 'dim' | 'green' | 'red' | 'yellow', text: string) => string;

/** A command's answer: for programs, and for people. */
export interface Answer {
  readonly json: object;
  readonly text: (paint: Paint) => string;
}

/**
 * Where a command speaks. With `--json`, standard output gets one JSON object and nothing else is said; without it, answers go to
 * standard output, and what is not an answer (errors, hints) to standard error.
 */
export class Output {
  isJson: boolean;
  readonly stdout: TextStream;
  readonly #stderr: TextStream;
  readonly #isColourWanted: boolean;

  constructor(stdout: TextStream, stderr: TextStream, environment: Environment, isJson: boolean) {
    this.stdout = stdout;
    this.#stderr = stderr;
    this.isJson = isJson;
    this.#isColourWanted = !environment['NO_COLOR'];
  }

  /** Whether lines on standard output can be written over. */
  get isInteractive(): boolean {
    return !this.isJson && this.stdout.isTTY === true;
  }

  /** The command's one answer. */
  answer({ json, text }: Answer): void {
    if (this.isJson) this.stdout.write(`${JSON.stringify(json)}\n`);
    else this.say(text(this.paint));
  }

  /** A line of an answer that comes in pieces. */
  say(text: string): void {
    if (!this.isJson) this.stdout.write(`${text}\n`);
  }

  /** Something beside the answer. */
  hint(text: string): void {
    if (!this.isJson) this.#stderr.write(`${text}\n`);
  }

  /** The command could not do its job. */
  fail(error: { readonly code: string; readonly message: string }): void {
    if (this.isJson) this.stdout.write(`${JSON.stringify({ error })}\n`);
    else this.#stderr.write(`${error.message}\n`);
  }

  readonly paint: Paint = (style, text) =>
    this.#isColourWanted && this.stdout.isTTY === true
      ? styleText(style, text, { validateStream: false })
      : text;
}
