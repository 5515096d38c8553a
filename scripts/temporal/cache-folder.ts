import os from 'node:os';
import path from 'node:path';
import { pinnedCliVersion } from './version.ts';
import { programFile } from './find-on-path.ts';

/**
 * Where this project keeps what is expensive to get, per user: `DURABLE_RUNS_CACHE_DIR`, else the folder that the system has for it.
 */
export function cacheFolder(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string {
  const own = nonEmpty(env['DURABLE_RUNS_CACHE_DIR']);
  if (own !== undefined) return path.resolve(own);
  return path.join(systemCacheFolder(env, platform), 'durable-runs');
}

/** The cached Temporal CLI of the pinned version, whether it is there or not. */
export function cachedTemporal(env: NodeJS.ProcessEnv): string {
  return path.join(cacheFolder(env), `temporal-cli-${pinnedCliVersion}`, programFile('temporal'));
}

function systemCacheFolder(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  const home = nonEmpty(env['HOME']) ?? os.homedir();
  if (platform === 'win32') return nonEmpty(env['LOCALAPPDATA']) ?? path.join(home, 'AppData', 'Local');
  if (platform === 'darwin') return path.join(home, 'Library', 'Caches');
  return nonEmpty(env['XDG_CACHE_HOME']) ?? path.join(home, '.cache');
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
