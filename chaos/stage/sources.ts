import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../scripts/start/configuration.ts';

/** One place in the sources, and what is to stand there instead. */
export interface SourceChange {
  /** From the project's root. */
  readonly file: string;
  /** Occurs exactly once in it. */
  readonly from: string;
  readonly to: string;
}

/** What workers and bridges are made of. */
const folders = [
  'activities',
  'bridge',
  'chaos',
  'client',
  'codec',
  'config',
  'core',
  'providers',
  'scripts',
  'simulator',
  'tools',
  'worker',
  'workflows',
];

/**
 * Copies the sources to a folder, with some places changed, for processes to be started from there.
 *
 * @returns the folder
 * @throws when a place is not there, or more than once: the change would do something else than it says
 */
export function copySources(folder: string, changes: readonly SourceChange[]): string {
  mkdirSync(folder, { recursive: true });
  for (const name of folders) cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
  cpSync(path.join(root, 'package.json'), path.join(folder, 'package.json'));
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), 'dir');
  for (const change of changes) {
    const file = path.join(folder, change.file);
    writeFileSync(file, applyChange(readFileSync(file, 'utf8'), change));
  }
  return folder;
}

/** @throws when the text to be replaced is not there exactly once */
export function applyChange(text: string, { file, from, to }: SourceChange): string {
  const count = text.split(from).length - 1;
  if (count !== 1) {
    throw new Error(
      `${file} was to be changed where it says ${JSON.stringify(from)}; expected once, found ${count} times. ` +
        'The code has changed: bring the change up to date, so that it still does what it is for.',
    );
  }
  return text.replace(from, () => to);
}
