import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { Progress } from '../../scripts/temporal/progress.ts';

/** A folder that goes with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'durable-runs-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a shell script that can be run; the folder is made. */
export function writeProgram(file: string, body: string): string {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** The body of a fake `temporal` that answers `--version`. */
export function temporalBody(cli: string, server: string): string {
  return `echo 'temporal version ${cli} (Server ${server}, UI 2.54.1)'`;
}

/** Keeps what is said, and lets a test wait for it. */
export class RecordedProgress implements Progress {
  readonly said: string[] = [];
  readonly #waiting = new Map<string, () => void>();

  say(message: string): void {
    this.said.push(message);
    for (const [text, resolve] of this.#waiting) {
      if (message.includes(text)) resolve();
    }
  }

  status(): void {}

  /** Resolves when something with this text is said from now on. */
  until(text: string): Promise<void> {
    return new Promise((resolve) => this.#waiting.set(text, resolve));
  }
}
