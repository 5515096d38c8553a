import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Every file of the repository, tracked or about to be: what git does not ignore. */
export function repositoryFiles(): string[] {
  return (
    execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
      cwd: root,
      encoding: 'utf8',
    })
      .split('\0')
      .filter((file) => file !== '')
      // git still lists a file that has been deleted, as long as that is not committed.
      .filter((file) => existsSync(join(root, file)))
  );
}

export function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

export interface Import {
  /** The importing file, from the root. */
  readonly from: string;
  /** The imported file from the root, or the package's specifier. */
  readonly to: string;
  readonly isPackage: boolean;
  /** Whether nothing of it is left at run time. */
  readonly typeOnly: boolean;
}

const importPattern =
  /(?:^|[\n;])\s*(import|export)\s+(type\s)?([^'"`;]*?\sfrom\s*)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|\bimport\.meta\.resolve\(\s*['"]([^'"]+)['"]/g;

/** The imports of a source text, as written: static, dynamic, re-exports. */
export function importsIn(from: string, text: string): Import[] {
  return [...withoutComments(text).matchAll(importPattern)].flatMap((match) => {
    const specifier = match[4] ?? match[5] ?? match[6];
    if (specifier === undefined) return [];
    const isPackage = !specifier.startsWith('.');
    const to = isPackage ? specifier : posix.normalize(posix.join(posix.dirname(from), specifier));
    return [{ from, to, isPackage, typeOnly: match[2] !== undefined || isOnlyTypes(match[3]) }];
  });
}

/** Every file and package that is there at run time when this file is: now, or once a dynamic import has run. */
export function loadedBy(
  file: string,
  imports: readonly Import[],
  loaded = new Set<string>(),
): ReadonlySet<string> {
  for (const { to } of imports.filter(({ from, typeOnly }) => from === file && !typeOnly)) {
    if (loaded.has(to)) continue;
    loaded.add(to);
    loadedBy(to, imports, loaded);
  }
  return loaded;
}

/** `{ type A, type B }` leaves nothing either. */
function isOnlyTypes(clause: string | undefined): boolean {
  const names = /^\s*\{([^}]*)\}\s*from\s*$/.exec(clause ?? '')?.[1];
  if (names === undefined) return false;
  const list = names.split(',').filter((name) => name.trim() !== '');
  return list.length > 0 && list.every((name) => name.trim().startsWith('type '));
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/[^\n]*/g, '$1');
}

/** The folder that a file belongs to, by the first part of its path. */
export function folderOf(file: string): string {
  return file.split('/')[0] ?? '';
}

/** `@scope/name` or `name` of a specifier. */
export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
