import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import OpenAI from 'openai';
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
  it('says in one line where it listens, takes its options from arguments and environment, and stops on SIGTERM', async () => {
    const args = ['--port', '0', '--time', 'stepped', '--seed', 'spring', '--sunset'];
    const { child, output } = start(args, { SIMULATOR_API_KEY: 'sk-one,sk-two' });
    if (child.stdout) await once(child.stdout, 'data');
    expect(output()).toMatch(/^Simulator listening on http:\/\/127\.0\.0\.1:\d+\/v1 .*\n$/);
    const [baseURL = ''] = /http\S+/.exec(output()) ?? [];
    const create = (apiKey: string) =>
      new OpenAI({ apiKey, baseURL, maxRetries: 0 }).responses.create({
        model: 'gpt-sim',
        input: 'Hello',
        background: true,
      });
    await expect(create('sk-simulator')).rejects.toThrow('401');
    expect(await create('sk-two')).toMatchObject({ id: 'resp_aozhq4P3G90gI07rCoUxTDig', status: 'queued' });
    const headers = { authorization: 'Bearer sk-one' };
    expect((await fetch(`${baseURL}/assistants`, { headers })).status).toBe(404);
    const time: unknown = await (await fetch(new URL('/_simulator/time', baseURL))).json();
    expect(time).toMatchObject({ mode: 'stepped' });
    child.kill('SIGTERM');
    expect(await exit(child)).toBe(0);
  });

  it('says that the port is in use', async () => {
    const { url } = await useSimulator();
    const { child, output } = start(['--port', new URL(url).port]);
    expect(await exit(child)).toBe(2);
    expect(output()).toMatch(/^simulator: Port \d+ on 127\.0\.0\.1 is in use\..*\n$/);
  });

  it('refuses a webhook URL without a secret', async () => {
    const { child, output } = start(['--webhook-url', 'http://127.0.0.1:1/']);
    expect(await exit(child)).toBe(2);
    expect(output()).toMatch(/SIMULATOR_WEBHOOK_SECRET/);
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
