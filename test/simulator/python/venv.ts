import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder } from '../../../scripts/temporal/cache-folder.ts';

/** The release of PyPI's `openai` that the tests run. */
const OPENAI_VERSION = '3.54.0';
/** Its oldest Python. */
const OLDEST_PYTHON = [3, 9] as const;

const INSTALL_TIMEOUT_MS = 120_000;
const SCRIPT_TIMEOUT_MS = 60_000;

/** A Python with the official client, or why there is none. */
export type PythonClient = { python: string } | { missing: string };

interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/**
 * A virtualenv with the official client, kept in the user's cache folder: made once, in about ten seconds. Never throws:
 * a machine without Python, or without a way to PyPI, is no defect of the simulator.
 */
export async function pythonClient(): Promise<PythonClient> {
  const folder = path.join(cacheFolder(process.env), `python-openai-${OPENAI_VERSION}`);
  const python = pythonIn(folder);
  if (existsSync(python)) return { python };
  const system = await findPython();
  if (system === undefined) return { missing: `no Python ${OLDEST_PYTHON.join('.')} or newer on the PATH` };
  await mkdir(path.dirname(folder), { recursive: true });
  // Made elsewhere and moved when it is complete: another test run may be at it, and this one may be killed.
  const partial = await mkdtemp(`${folder}-`);
  try {
    const why = (await makeVenv(system, partial)) ?? (await installInto(partial));
    if (why !== undefined) return { missing: why };
    await rename(partial, folder).catch((error: unknown) => {
      if (!existsSync(python)) throw error;
    });
    return { python };
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) };
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** Runs a script to its end; what it prints is the answer. Rejects with its error output when it fails. */
export async function runPython(
  python: string,
  script: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { code, stdout, stderr } = await run(python, [script, ...args], SCRIPT_TIMEOUT_MS, env);
  if (code === 0) return stdout;
  throw new Error(`${path.basename(script)} ended with ${code}:\n${stderr}`);
}

async function findPython(): Promise<string | undefined> {
  const [major, minor] = OLDEST_PYTHON;
  const question = `import sys; sys.exit(0 if sys.version_info >= (${major}, ${minor}) else 1)`;
  for (const name of ['python3', 'python']) {
    if ((await run(name, ['-c', question], 10_000)).code === 0) return name;
  }
  return undefined;
}

async function makeVenv(system: string, folder: string): Promise<string | undefined> {
  const { code, stdout, stderr } = await run(system, ['-m', 'venv', folder], INSTALL_TIMEOUT_MS);
  return code === 0 ? undefined : `Python makes no virtualenv: ${lastLine(stderr || stdout)}`;
}

async function installInto(folder: string): Promise<string | undefined> {
  const patience = [
    '--timeout',
    '10',
    '--retries',
    '1',
    '--no-input',
    '--disable-pip-version-check',
    '--quiet',
  ];
  const args = ['-m', 'pip', 'install', ...patience, '--only-binary', ':all:', `openai==${OPENAI_VERSION}`];
  const { code, stderr } = await run(pythonIn(folder), args, INSTALL_TIMEOUT_MS);
  return code === 0 ? undefined : `PyPI's openai ${OPENAI_VERSION} cannot be had: ${lastLine(stderr)}`;
}

function pythonIn(folder: string): string {
  return process.platform === 'win32'
    ? path.join(folder, 'Scripts', 'python.exe')
    : path.join(folder, 'bin', 'python');
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

function run(
  command: string,
  args: readonly string[],
  timeoutMs: number,
  env: Record<string, string> = {},
): Promise<Finished> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', (error) => resolve({ code: null, stdout, stderr: error.message }));
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}
