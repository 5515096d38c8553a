import { mkdir, mkdtemp, rename } from 'node:fs/promises';
import path from 'node:path';
import { withDirectoryLock } from '../bootstrap/directory-lock.mjs';
import { cachedTemporal } from './cache-folder.ts';
import { nothingFound, wrongExplicitPath } from './errors.ts';
import { findOnPath } from './find-on-path.ts';
import { buildWithGo } from './go-build.ts';
import type { Obtain, Obtained, ObtainRequest } from './obtain.ts';
import { streamProgress, type Progress } from './progress.ts';
import { downloadWithSdk } from './sdk-download.ts';
import {
  askVersion,
  lowestServerVersion,
  pinnedCliVersion,
  type TemporalVersion,
  type VersionAnswer,
} from './version.ts';

/** Where an executable came from, in the order of trying. */
export type TemporalSource = 'explicit' | 'path' | 'cache' | 'download' | 'build';

/** A Temporal CLI that answers and is new enough. */
export interface TemporalExecutable {
  readonly path: string;
  readonly source: TemporalSource;
  readonly version: TemporalVersion;
}

export interface FindTemporalOptions {
  /** Default `process.env`. Read: `TEMPORAL_CLI_PATH`, `PATH`, `DURABLE_RUNS_CACHE_DIR` and the system's cache variables. */
  readonly env?: NodeJS.ProcessEnv;
  /** Default: standard error. */
  readonly progress?: Progress;
  /** How to download. Default: the SDK's way. */
  readonly download?: Obtain;
  /** How to build. Default: with Go, from scripts/temporal-cli. */
  readonly build?: Obtain;
}

/**
 * Finds or gets the Temporal CLI: `TEMPORAL_CLI_PATH`, else one on PATH that is new enough, else the cached one, else the SDK's
 * download, else a build from source. The last two are kept in the cache.
 *
 * @throws {TemporalExecutableError} with what was tried and the ways out
 */
export async function findTemporalExecutable(options: FindTemporalOptions = {}): Promise<TemporalExecutable> {
  const { env = process.env, progress = streamProgress() } = options;
  return (
    (await explicit(env)) ??
    (await onPath(env, progress)) ??
    (await cached(env)) ??
    (await obtainIntoCache({ ...options, env, progress }))
  );
}

async function explicit(env: NodeJS.ProcessEnv): Promise<TemporalExecutable | undefined> {
  const file = env['TEMPORAL_CLI_PATH'];
  if (file === undefined || file === '') return undefined;
  const answer = await askVersion(path.resolve(file));
  if (answer.kind === 'usable')
    return { path: path.resolve(file), source: 'explicit', version: answer.version };
  throw wrongExplicitPath(file, whyNot(answer));
}

async function onPath(env: NodeJS.ProcessEnv, progress: Progress): Promise<TemporalExecutable | undefined> {
  const file = findOnPath('temporal', env);
  if (file === undefined) return undefined;
  const answer = await askVersion(file);
  if (answer.kind === 'usable') return { path: file, source: 'path', version: answer.version };
  progress.say(`Passing over ${file}: ${whyNot(answer)}.`);
  return undefined;
}

async function cached(env: NodeJS.ProcessEnv): Promise<TemporalExecutable | undefined> {
  const file = cachedTemporal(env);
  const answer = await askVersion(file);
  // Anything else (absent, or damaged, or of another machine in a shared home) is replaced.
  return answer.kind === 'usable' ? { path: file, source: 'cache', version: answer.version } : undefined;
}

async function obtainIntoCache({
  env,
  progress,
  download = downloadWithSdk,
  build = buildWithGo,
}: FindTemporalOptions & { env: NodeJS.ProcessEnv; progress: Progress }): Promise<TemporalExecutable> {
  const target = cachedTemporal(env);
  const onWait = (): void => progress.say('Waiting for another process that is getting the Temporal CLI…');
  return withDirectoryLock(`${path.dirname(target)}.lock`, { onWait }, async (lockFolder) => {
    // Asked again: the process that we may have waited for has got it.
    const byAnother = await cached(env);
    if (byAnother !== undefined) return byAnother;

    const request = { folder: lockFolder, version: pinnedCliVersion, env, progress };
    const downloaded = await proved(download, request);
    if (downloaded.kind === 'obtained') return putInPlace(downloaded, target, 'download');
    progress.say(`No Temporal CLI by the SDK's download: ${downloaded.reason}.`);

    const built = await proved(build, request);
    if (built.kind === 'obtained') return putInPlace(built, target, 'build');
    throw nothingFound(
      [`the SDK's download: ${downloaded.reason}`, `a build from source: ${built.reason}`],
      env,
    );
  });
}

type Proved =
  (Obtained & { kind: 'unavailable' }) | (Obtained & { kind: 'obtained'; version: TemporalVersion });

/** Gets an executable in one way and sees whether it answers. */
async function proved(obtain: Obtain, request: ObtainRequest): Promise<Proved> {
  const folder = await mkdtemp(path.join(request.folder, 'obtain-'));
  const obtained = await obtain({ ...request, folder });
  if (obtained.kind === 'unavailable') return obtained;
  const answer = await askVersion(obtained.executable);
  return answer.kind === 'usable'
    ? { ...obtained, version: answer.version }
    : { kind: 'unavailable', reason: `its executable will not do: ${whyNot(answer)}` };
}

/** Renames a proved executable into the cache, so that whatever is there under this name is whole. */
async function putInPlace(
  { executable, version }: Proved & { kind: 'obtained' },
  target: string,
  source: TemporalSource,
): Promise<TemporalExecutable> {
  await mkdir(path.dirname(target), { recursive: true });
  await rename(executable, target);
  return { path: target, source, version };
}

function whyNot(answer: Exclude<VersionAnswer, { kind: 'usable' }>): string {
  if (answer.kind === 'no-answer') {
    return `it does not answer \`--version\` as a Temporal CLI does (${answer.reason})`;
  }
  const { cli, server } = answer.version;
  return `its version is ${cli} with server ${server}, needed is server ${lowestServerVersion} or newer`;
}
