import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { findFreePort } from '../support/ports.ts';

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

describe('npm start', () => {
  let stateFolder: string;
  let environment: Record<string, string>;
  beforeAll(async () => {
    stateFolder = await mkdtemp(path.join(tmpdir(), 'durable-runs-start-'));
    const { PATH = '', HOME = '' } = process.env;
    environment = {
      PATH,
      HOME,
      TEMPORAL_CLI_PATH: inject('temporalExecutable'),
      WORKFLOW_BUNDLE: inject('workflowBundlePath'),
      DURABLE_RUNS_STATE_DIR: stateFolder,
      TEMPORAL_PORT: String(await findFreePort()),
      TEMPORAL_UI_PORT: String(await findFreePort()),
      SIMULATOR_PORT: String(await findFreePort()),
      BRIDGE_PORT: String(await findFreePort()),
    };
  });
  afterAll(() => rm(stateFolder, { recursive: true, force: true }));

  /** Runs it to its end. `onOutput` sees all output so far. */
  async function start(
    args: readonly string[],
    overrides: Record<string, string> = {},
    onOutput?: (output: string, interrupt: () => void) => void,
  ): Promise<Ended> {
    const child = spawn(process.execPath, ['scripts/start/main.ts', ...args], {
      env: { ...environment, ...overrides },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        onOutput?.(output, () => child.kill('SIGINT'));
      });
    }
    // `close` comes when all who hold its output are gone.
    await once(child, 'close');
    return { code: child.exitCode, output };
  }

  it('--once plays the showcase, says what it cost, and leaves nothing behind', async () => {
    const { code, output } = await start(['--once']);
    expect(output).toContain('A question, by polling');
    expect(output).toContain('3: thread 1, create 1,');
    expect(output).toContain('2: expired,');
    expect(output).toMatch(/http:\S+\/workflows\/showcase-\w+-1/);
    expect(code).toBe(0);
    expect(survivors(output)).toEqual([]);
  });

  it('runs a prompt instead, and exits when there is no terminal', async () => {
    const { code, output } = await start(['What is 6*7?']);
    expect(output).toContain('6*7 = 42');
    expect(output).not.toContain('by polling');
    expect(code).toBe(0);
  });

  it('interrupted in the middle, it stops everything', async () => {
    let interrupted = false;
    const { output } = await start(['--once'], {}, (soFar, interrupt) => {
      if (interrupted || !soFar.includes('side by side')) return;
      interrupted = true;
      interrupt();
    });
    expect(output).toContain('Stopping');
    expect(survivors(output)).toEqual([]);
  });

  it('names a port that is in use, and the setting that changes it', async () => {
    const holder = createServer();
    holder.listen(Number(environment['BRIDGE_PORT']), '127.0.0.1');
    await once(holder, 'listening');
    try {
      const { code, output } = await start(['--once']);
      expect(code).toBe(2);
      expect(output).toContain(`Port ${environment['BRIDGE_PORT']}`);
      expect(output).toContain('BRIDGE_PORT');
    } finally {
      holder.close();
    }
  });

  it.each([
    { OPENAI_API_KEY: 'sk-secret-of-mine' },
    { OPENAI_API_KEY: 'sk-secret-of-mine', OPENAI_BASE_URL: 'https://api.openai.com/v1/' },
  ])('sends no key to an address that cannot use it: %o', async (overrides) => {
    const { code, output } = await start(['--once'], overrides);
    expect(code).toBe(2);
    expect(output).toContain('https://api.openai.com/v1');
    expect(output).not.toContain('secret');
  });

  it('wants a key with a base URL', async () => {
    const { code, output } = await start(['--once'], { OPENAI_BASE_URL: 'http://127.0.0.1:4010/v1' });
    expect(code).toBe(2);
    expect(output).toContain('OPENAI_API_KEY');
  });

  it('fails when a run does not end as it should', async () => {
    const nobody = `http://127.0.0.1:${await findFreePort()}/v1`;
    const { code, output } = await start(['--once', 'hello'], {
      OPENAI_API_KEY: 'sk-secret-of-mine',
      OPENAI_BASE_URL: nobody,
      OPENAI_ASSISTANT_ID: 'asst_mine',
    });
    expect(output).toContain(nobody);
    expect(output).toContain('ECONNREFUSED');
    expect(output).not.toContain('secret');
    expect(code).toBe(1);
  });
});

/** The processes that it said it had started, and that are still there. */
function survivors(output: string): number[] {
  const pids = [...output.matchAll(/pid (\d+)/g)].map(([, pid]) => Number(pid));
  expect(pids.length).toBeGreaterThan(0);
  return pids.filter((pid) => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  });
}
