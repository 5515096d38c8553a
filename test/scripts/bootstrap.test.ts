import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder, writeProgram } from './support.ts';

const scripts = fileURLToPath(new URL('../../scripts', import.meta.url));

/** A project of its own around a copy of the bootstrap, so that no test can install anything in this one. */
let project: string;

const inProject = (...parts: string[]): string => path.join(project, ...parts);

beforeEach(() => {
  project = temporaryFolder();
  for (const name of ['bootstrap.mjs', 'bootstrap']) {
    cpSync(path.join(scripts, name), inProject('scripts', name), { recursive: true });
  }
  writeFileSync(
    inProject('package-lock.json'),
    JSON.stringify({ packages: { '': {}, 'node_modules/a': { version: '1.0.0' } } }),
  );
});

/** What a finished `npm ci` leaves. */
function install(): void {
  mkdirSync(inProject('node_modules', 'node', 'bin'), { recursive: true });
  symlinkSync(process.execPath, inProject('node_modules', 'node', 'bin', 'node'));
  writeFileSync(
    inProject('node_modules', '.package-lock.json'),
    JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.0' } } }),
  );
}

function writeScript(name: string, source: string): void {
  writeFileSync(inProject(name), source);
}

function start(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): ChildProcess & { stdout: NodeJS.ReadableStream } {
  const child = spawn(process.execPath, [inProject('scripts', 'bootstrap.mjs'), ...args], {
    // Not in the project's folder: it must not matter.
    cwd: path.dirname(project),
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, as a shell gives to a job.
    detached: true,
  });
  return child;
}

async function run(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = start(args, env);
  const end = exit(child);
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    child.stderr === null ? '' : text(child.stderr),
  ]);
  return { ...(await end), stdout, stderr };
}

function exit(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
}

async function signalled(send: (child: ChildProcess) => void) {
  const child = start(['count.ts']);
  const end = exit(child);
  child.stdout.once('data', () => send(child));
  return end;
}

/** An npm whose `ci` runs `body` in the project's folder, and which logs how it was called. */
function npm(body: string): NodeJS.ProcessEnv {
  const script = inProject('npm', 'npm-cli.js');
  mkdirSync(path.dirname(script));
  writeFileSync(
    script,
    `const fs = require('node:fs');
    fs.appendFileSync('npm.log', process.argv.slice(2).join(' ') + '\\n');
    ${body}`,
  );
  return { npm_execpath: script };
}

describe('running', () => {
  beforeEach(install);

  test('passes arguments as they are, and the exit code', async () => {
    writeScript(
      'echo.ts',
      'const args: string[] = process.argv.slice(2); console.log(JSON.stringify(args)); process.exitCode = 7;',
    );
    const args = ['--once', 'a "prompt" of $HOME\nand *', '', '--', '-x'];
    const { code, stdout, stderr } = await run(['echo.ts', ...args]);
    expect(JSON.parse(stdout)).toEqual(args);
    expect(stderr).toBe('');
    expect(code).toBe(7);
  });

  test("finds the project's own tools first, and others too", async () => {
    writeProgram(inProject('node_modules', '.bin', 'tool'), 'helper "$@"');
    writeProgram(inProject('node_modules', '.bin', 'helper'), 'echo "helped $1"');
    expect((await run(['tool', 'me'])).stdout).toBe('helped me\n');
    expect((await run(['sh', '-c', 'exit 3'])).code).toBe(3);
  });

  test.each([
    { args: [], message: /^Usage: /, code: 2 },
    { args: ['nothing.ts'], message: /there is no file .*nothing\.ts/, code: 2 },
    { args: ['no-such-command'], message: /Cannot run no-such-command.*ENOENT/, code: 127 },
  ])('$args is an error', async ({ args, message, code }) => {
    expect(await run(args)).toMatchObject({ code, stderr: expect.stringMatching(message) });
  });

  test('ends by the signal by which the child ended', async () => {
    writeScript('die.ts', "process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1e6);");
    expect(await run(['die.ts'])).toMatchObject({ code: null, signal: 'SIGKILL' });
  });
});

describe('signals', () => {
  beforeEach(() => {
    install();
    // Ends by its own decision, a while after the first signal, with the number of signals that came.
    writeScript(
      'count.ts',
      `let count = 0;
      for (const signal of ['SIGINT', 'SIGTERM']) {
        process.on(signal, () => {
          if (++count === 1) setTimeout(() => { console.log(signal + ' came ' + count + 'x'); process.exit(40 + count); }, 80);
        });
      }
      console.log('ready');
      setInterval(() => {}, 1e6);`,
    );
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s reaches the child once, and its exit code comes back',
    async (signal) => {
      expect(await signalled((child) => child.kill(signal))).toEqual({ code: 41, signal: null });
    },
  );

  test("the death of npm's shell reaches the child as one SIGTERM", async () => {
    const command = `'${process.execPath}' '${inProject('scripts', 'bootstrap.mjs')}' count.ts; true`;
    const shell = spawn('sh', ['-c', command], {
      env: { PATH: process.env['PATH'], npm_lifecycle_event: 'start' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    shell.stdout.once('data', () => shell.kill('SIGKILL'));
    // Standard output ends with the last process that has it.
    expect(await text(shell.stdout)).toMatch(/SIGTERM came 1x\n$/);
  });

  test('a Ctrl-C that also npm passes on reaches the child once', async () => {
    const end = await signalled((child) => {
      if (child.pid === undefined) throw new Error('not started');
      process.kill(-child.pid, 'SIGINT');
      child.kill('SIGINT');
    });
    expect(end).toEqual({ code: 41, signal: null });
  });
});

describe('installing', () => {
  const installing = `
    fs.mkdirSync('node_modules/node/bin', { recursive: true });
    fs.symlinkSync(process.execPath, 'node_modules/node/bin/node');
    fs.writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.0' } } }));`;

  beforeEach(() => writeScript('echo.ts', "console.log('ran');"));

  test('happens once for two that begin at once', async () => {
    const env = npm(installing);
    const both = await Promise.all([run(['echo.ts'], env), run(['echo.ts'], env)]);
    expect(both.map(({ stdout, code }) => ({ stdout, code }))).toEqual([
      { stdout: 'ran\n', code: 0 },
      { stdout: 'ran\n', code: 0 },
    ]);
    expect(both.map(({ stderr }) => stderr).join('')).toMatch(
      /Installing dependencies \(.*not installed yet\)/,
    );
    expect(readFileSync(inProject('npm.log'), 'utf8')).toMatch(/^ci [^\n]*--include=dev[^\n]*\n$/);
    expect(existsSync(inProject('.durable-runs', 'install.lock'))).toBe(false);
  });

  test.each([
    {
      what: 'fails',
      body: "console.error('npm error no route'); process.exitCode = 1;",
      message: /npm error no route[^]*ended with exit code 1/,
    },
    {
      what: 'leaves something out',
      body: '',
      message: /ended well, but the dependencies are not installed yet/,
    },
  ])('that $what is an error, and nothing is run', async ({ body, message }) => {
    const result = await run(['echo.ts'], npm(body));
    expect(result).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) });
  });
});
