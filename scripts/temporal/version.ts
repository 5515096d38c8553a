import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { temporalEnvironment } from './environment.ts';

const run = promisify(execFile);

/** The Temporal CLI that this project downloads or builds; scripts/temporal-cli/go.mod names the same. */
export const pinnedCliVersion = '1.9.1';

/**
 * The oldest server that will do: the first in which user metadata, worker versioning and task-queue rate limits are all on by default.
 * A CLI carries its server, so the CLI's own number does not matter. 1.29 came with CLI 1.5.
 */
export const lowestServerVersion = '1.29.0';

/** A first start after a download can be slow (virus scanners, macOS's notary check). */
const answerTimeoutMs = 30_000;

/** What `temporal --version` says. */
export interface TemporalVersion {
  readonly cli: string;
  readonly server: string;
}

/** What came of asking an executable for its version. */
export type VersionAnswer =
  | { readonly kind: 'usable'; readonly version: TemporalVersion }
  | { readonly kind: 'too-old'; readonly version: TemporalVersion }
  | { readonly kind: 'no-answer'; readonly reason: string };

/** Reads `temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)`. */
export function parseTemporalVersion(output: string): TemporalVersion | undefined {
  const cli = /temporal version v?(\S+)/i.exec(output)?.[1];
  const server = /server v?(\d+\.\d+\.\d+)/i.exec(output)?.[1];
  return cli === undefined || server === undefined ? undefined : { cli, server };
}

/** Whether the dotted number `version` is at least `lowest`. */
export function isAtLeast(version: string, lowest: string): boolean {
  const ours = version.split('.').map(Number);
  for (const [index, wanted] of lowest.split('.').map(Number).entries()) {
    const have = ours[index] ?? 0;
    if (have !== wanted) return have > wanted;
  }
  return true;
}

/** Runs `<executable> --version`. */
export async function askVersion(executable: string): Promise<VersionAnswer> {
  let output: string;
  try {
    const env = temporalEnvironment(process.env);
    output = (await run(executable, ['--version'], { timeout: answerTimeoutMs, env })).stdout;
  } catch (error) {
    return { kind: 'no-answer', reason: oneLine(error instanceof Error ? error.message : String(error)) };
  }
  const version = parseTemporalVersion(output);
  if (version === undefined) {
    return { kind: 'no-answer', reason: `it printed ${JSON.stringify(oneLine(output))}` };
  }
  return { kind: isAtLeast(version.server, lowestServerVersion) ? 'usable' : 'too-old', version };
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ').slice(0, 200);
}
