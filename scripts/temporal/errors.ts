import { cacheFolder } from './cache-folder.ts';
import { pinnedCliVersion } from './version.ts';

/** The Temporal CLI cannot be had; the message says why, and what to do. */
export class TemporalExecutableError extends Error {
  override readonly name = 'TemporalExecutableError';
}

/** `TEMPORAL_CLI_PATH` is set, but what it names will not do. */
export function wrongExplicitPath(path: string, what: string): TemporalExecutableError {
  return new TemporalExecutableError(
    `TEMPORAL_CLI_PATH is ${JSON.stringify(path)}, but ${what}.\n` +
      'Correct it, or unset it to let this project find or get one.',
  );
}

/** Every way of getting the Temporal CLI has failed. */
export function nothingFound(reasons: readonly string[], env: NodeJS.ProcessEnv): TemporalExecutableError {
  return new TemporalExecutableError(
    `The Temporal CLI is needed and could not be had:\n${reasons.map((reason) => `  - ${reason}\n`).join('')}` +
      'Any one of these helps; then run the same command again:\n' +
      '  - install the Temporal CLI (https://docs.temporal.io/cli/setup-cli), so that `temporal` is on PATH;\n' +
      '  - set TEMPORAL_CLI_PATH to a Temporal CLI that you have elsewhere;\n' +
      `  - install Go (https://go.dev/dl), with which version ${pinnedCliVersion} is built from source ` +
      `into ${cacheFolder(env)}.`,
  );
}
