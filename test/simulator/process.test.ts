import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { useSimulator } from './support.ts';

const folder = join(import.meta.dirname, '../../simulator');

function start(
  args: string[],
  env: Record<string, string> = {},
): { child: ChildProcess; output: () => string } {
  const child = spawn(process.execPath, [join(folder, 'main.ts'), ...args], {
    env: { ...process.env, ...env },
  });
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return { child, output: () => text };
}

async function exit(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  return child.exitCode;
}

describe('the process', () => {
  it('says in one line where it listens, takes its options from the environment, and stops on SIGTERM', async () => {
    const { child, output } = start(['--port', '0'], { SIMULATOR_API_KEY: 'sk-one,sk-two' });
    if (child.stdout) await once(child.stdout, 'data');
    expect(output()).toMatch(/^Simulator listening on http:\/\/127\.0\.0\.1:\d+\/v1 .*\n$/);
    const [baseURL] = /http\S+/.exec(output()) ?? [''];
    const status = async (key: string) => {
      const headers = { authorization: `Bearer ${key}`, 'openai-beta': 'assistants=v2' };
      return (await fetch(`${baseURL}/assistants`, { headers })).status;
    };
    expect([await status('sk-two'), await status('sk-simulator')]).toEqual([200, 401]);
    child.kill('SIGTERM');
    expect(await exit(child)).toBe(0);
  });

  it('says that the port is in use', async () => {
    const { url } = await useSimulator();
    const { child, output } = start(['--port', new URL(url).port]);
    expect(await exit(child)).toBe(2);
    expect(output()).toMatch(/^simulator: Port \d+ on 127\.0\.0\.1 is in use\..*\n$/);
  });

  it.each([
    [['--port', 'many'], /Expected a port/],
    [['--time-scale', '0'], /Expected a number above 0/],
    [['--webhook-url', 'http://127.0.0.1:1/'], /SIMULATOR_WEBHOOK_SECRET/],
    [['--unheard-of'], /unknown option/],
  ])('refuses %j', async (args, why) => {
    const { child, output } = start(args);
    expect(await exit(child)).toBe(2);
    expect(output()).toMatch(why);
  });
});

it('imports nothing of the rest of the project, and never loads the OpenAI SDK', () => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const imports = files.flatMap((name) =>
    [
      ...readFileSync(join(folder, name), 'utf8').matchAll(
        /^(import|export)( type)?[^;]*? from '([^']+)';/gms,
      ),
    ].map(([, , type, specifier = '']) => ({ name, type: type !== undefined, specifier })),
  );
  const leaving = imports.filter(({ name, specifier }) =>
    relative(folder, join(folder, name, '..', specifier)).startsWith('..'),
  );
  expect(leaving.filter(({ specifier }) => specifier.startsWith('.'))).toEqual([]);
  expect(imports.filter(({ type, specifier }) => specifier.startsWith('openai') && !type)).toEqual([]);
  expect(files.length).toBeGreaterThan(30);
});
