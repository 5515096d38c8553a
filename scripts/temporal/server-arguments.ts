import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { temporalEnvironment } from './environment.ts';

const run = promisify(execFile);

/** As `temporal --log-level` takes them. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'never';

interface ServerSettings {
  readonly executablePath: string;
  readonly host: string;
  readonly port: number;
  readonly uiPort: number;
  readonly dbFilename?: string;
  readonly namespace?: string;
  readonly logLevel?: LogLevel;
  readonly extraArgs?: readonly string[];
}

/** The arguments for `temporal`, as far as this executable knows them. */
export async function serverArguments(settings: ServerSettings): Promise<string[]> {
  const { host, port, uiPort, dbFilename, namespace, logLevel = 'warn', extraArgs = [] } = settings;
  const args = ['server', 'start-dev', '--ip', host, '--port', `${port}`, '--ui-port', `${uiPort}`];
  args.push('--log-level', logLevel);
  // The server otherwise asks a service of Temporal's now and then whether a newer version exists.
  args.push('--dynamic-config-value', 'frontend.enableServerVersionCheck=false');
  args.push(...(await quietUi(settings.executablePath)));
  if (dbFilename !== undefined) args.push('--db-filename', dbFilename);
  if (namespace !== undefined) args.push('--namespace', namespace);
  return [...args, ...extraArgs];
}

/** Keeps the Web UI from fetching news, where the CLI has that flag: its help tells better than a version number. */
async function quietUi(executable: string): Promise<string[]> {
  const flag = '--ui-disable-news-fetch';
  try {
    const { stdout } = await run(executable, ['server', 'start-dev', '--help'], {
      env: temporalEnvironment(process.env),
    });
    return stdout.includes(flag) ? [flag] : [];
  } catch {
    // Whatever is wrong with the executable shows, with its log, when the server is started.
    return [];
  }
}
