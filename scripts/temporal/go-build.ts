import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { endWithThisProcess } from './child-lifetime.ts';
import { findOnPath, programFile } from './find-on-path.ts';
import type { Obtained, ObtainRequest } from './obtain.ts';

const moduleFolder = fileURLToPath(new URL('../temporal-cli', import.meta.url));
const cliPackage = 'github.com/temporalio/cli/cmd/temporal';
const statusEveryMs = 1_000;
const shownErrorLines = 15;

/** Builds the Temporal CLI from source, by the Go module in scripts/temporal-cli. Minutes, where Go's caches are empty. */
export async function buildWithGo({ folder, version, env, progress }: ObtainRequest): Promise<Obtained> {
  const go = findOnPath('go', env);
  if (go === undefined) return { kind: 'unavailable', reason: 'there is no `go` on PATH' };

  const executable = path.join(folder, programFile('temporal'));
  // As in the CLI's own releases, plus no paths of this machine in the result.
  const flags = [
    '-trimpath',
    '-mod=readonly',
    `-ldflags=-s -w -X github.com/temporalio/cli/internal/temporalcli.Version=${version}`,
  ];
  const title = `Building the Temporal CLI ${version} from source`;
  const startedMs = performance.now();
  const elapsed = (): string => `${Math.round((performance.now() - startedMs) / 1000)} s`;
  let stage = 'looking at its modules';
  const showStatus = (): void => progress.status(`${title}: ${stage}, ${elapsed()}`);
  const timer = setInterval(showStatus, statusEveryMs);
  try {
    progress.say(`${title} with ${go}, once for this machine. This takes some minutes…`);
    let downloads = 0;
    const list = await runGo(
      go,
      ['list', '-deps', '-f', '{{if .Stale}}{{.ImportPath}}{{end}}', ...flags, cliPackage],
      env,
      {
        onDownload: () => (stage = `${++downloads} modules downloaded`),
      },
    );
    if (list.kind === 'failed') return unavailable(list);

    const total = list.output.filter((line) => line !== '').length;
    let compiled = 0;
    stage = `${total} packages to compile`;
    const build = await runGo(go, ['build', '-v', ...flags, '-o', executable, cliPackage], env, {
      onPackage: () => (stage = `${++compiled} of ${Math.max(total, compiled)} packages`),
    });
    if (build.kind === 'failed') return unavailable(build);
    progress.say(`Built the Temporal CLI ${version} in ${elapsed()}.`);
    return { kind: 'obtained', executable };
  } finally {
    clearInterval(timer);
  }
}

type GoEnd =
  | { readonly kind: 'done'; readonly output: readonly string[] }
  | {
      readonly kind: 'failed';
      readonly command: string;
      readonly end: string;
      readonly errors: readonly string[];
    };

function unavailable({ command, end, errors }: GoEnd & { kind: 'failed' }): Obtained {
  const told = errors.slice(-shownErrorLines).map((line) => `\n      ${line}`);
  return {
    kind: 'unavailable',
    reason: `\`${command}\` ${end}${told.length > 0 ? ':' : ''}${told.join('')}`,
  };
}

function runGo(
  go: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { onDownload, onPackage }: { onDownload?: () => void; onPackage?: () => void },
): Promise<GoEnd> {
  const child = spawn(go, args, {
    cwd: moduleFolder,
    // No C compiler is needed, as in the official releases; and a workspace file above this folder is not ours.
    env: { ...env, CGO_ENABLED: '0', GOWORK: 'off' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithThisProcess(child);
  const output: string[] = [];
  const errors: string[] = [];
  createInterface(child.stdout).on('line', (line) => output.push(line));
  createInterface(child.stderr).on('line', (line) => {
    if (line.startsWith('go: downloading ')) onDownload?.();
    // With -v the compiler's progress is a bare import path.
    else if (onPackage !== undefined && /^[\w.~-]+(\/[\w.~-]+)*$/.test(line)) onPackage();
    else errors.push(line);
  });
  return new Promise((resolve) => {
    const failed = (end: string): void =>
      resolve({ kind: 'failed', command: `go ${args[0] ?? ''}`, end, errors });
    child.once('error', (error) => failed(`could not be run (${error.message})`));
    child.once('close', (code, signal) => {
      if (code === 0) resolve({ kind: 'done', output });
      else failed(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`);
    });
  });
}
