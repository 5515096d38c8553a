import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readStartConfiguration } from '../../scripts/start/configuration.ts';
import { startProcess } from '../../scripts/start/process.ts';
import { newEntry } from '../codec/support.ts';
import { encryptingBundle } from '../support/bundles.ts';
import { startSimulator } from '../../simulator/index.ts';
import { findFreePort } from '../../scripts/temporal/ports.ts';
import { childEnvironment } from '../support/childEnvironment.ts';

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

describe('npm start', () => {
  let stateFolder: string;
  let environment: Record<string, string>;
  beforeAll(async () => {
    stateFolder = await mkdtemp(path.join(tmpdir(), 'durable-runs-start-'));
    environment = {
      ...childEnvironment(),
      TEMPORAL_CLI_PATH: inject('temporalExecutable'),
      WORKFLOW_BUNDLE: inject('workflowBundlePath'),
      DURABLE_RUNS_STATE_DIR: stateFolder,
      TEMPORAL_PORT: String(await findFreePort()),
      TEMPORAL_UI_PORT: String(await findFreePort()),
      SIMULATOR_PORT: String(await findFreePort()),
      BRIDGE_PORT: String(await findFreePort()),
      CODEC_PORT: String(await findFreePort()),
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
    // Meant for workers at the user's own Temporal: nobody would make this build current here.
    const deployment = { WORKER_DEPLOYMENT_NAME: 'runs', WORKER_BUILD_ID: 'abc' };
    const { code, output } = await start(['--once'], deployment);
    expect(output).toContain('A question, by polling');
    expect(output).toContain('2: create 1, read 1');
    expect(output).toContain('3: thread 1, create 1,');
    expect(output.match(/│ response .*│ 2: failed, /g)).toHaveLength(1);
    expect(output.match(/│ assistant .*│ 2: failed, /g)).toHaveLength(1);
    expect(output).toMatch(/http:\S+\/workflows\/showcase-\w+-1/);
    expect(code).toBe(0);
    expect(survivors(output)).toEqual([]);
  });

  it('with a key and an address, runs a prompt there by polling, and exits when there is no terminal', async () => {
    const server = await startSimulator({ port: 0, queueMs: 10, workMs: 10 });
    try {
      const { code, output } = await start(['What is 6*7?'], {
        OPENAI_API_KEY: 'sk-simulator',
        OPENAI_BASE_URL: server.baseURL,
        OPENAI_MODEL: 'gpt-sim',
      });
      expect(output).toContain('6*7 = 42');
      expect(output).toContain(server.baseURL);
      expect(output).not.toContain('by polling');
      expect(output).not.toContain('sk-simulator');
      expect(output).not.toMatch(/^bridge/m);
      expect(code).toBe(0);
      expect(server.log.counts()['responses.create']).toBe(1);
    } finally {
      await server.close();
    }
  });

  it('with payload keys starts a codec endpoint for the Web UI, and leaves in the database nothing to read', async () => {
    const entry = newEntry('2026-11');
    const { code, output } = await start(['--once', 'a prompt that is secret: 6*7'], {
      PAYLOAD_ENCRYPTION_KEYS: entry,
      WORKFLOW_BUNDLE: await encryptingBundle(),
    });
    expect(output).toContain('6*7 = 42');
    expect(output).toMatch(/^codec +pid/m);
    expect(code).toBe(0);
    expect(survivors(output)).toEqual([]);
    const runId = /\((showcase-\w+-1)\)/.exec(output)?.[1] ?? '';
    const database = await readFile(path.join(stateFolder, 'temporal.db'), 'latin1');
    expect(database).toContain(runId);
    expect(database).not.toContain('a prompt that is secret');
    const log = await readFile(path.join(stateFolder, 'logs', 'codec.log'), 'utf8');
    expect(log).toContain(`http://127.0.0.1:${environment['TEMPORAL_UI_PORT']}`);
    expect(log + output).not.toContain(entry.split(':')[1]);
  });

  it('tells of a payload key that is none, before it starts anything', async () => {
    const { code, output } = await start(['--once'], { PAYLOAD_ENCRYPTION_KEYS: 'a:b' });
    expect(code).toBe(2);
    expect(output).toMatch(/PAYLOAD_ENCRYPTION_KEYS: expected/);
    expect(output).not.toContain('pid');
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

  it('with a key alone, runs go to OpenAI, with a cheap model', () => {
    const { openai } = readStartConfiguration({ OPENAI_API_KEY: 'sk-secret-of-mine' });
    expect(openai).toMatchObject({
      kind: 'server',
      baseURL: 'https://api.openai.com/v1',
      model: 'gpt-6-luna',
    });
  });

  it.each([
    ['https://api.openai.com/v1', undefined],
    ['https://llm.example.com/v1', { OPENAI_MODEL: 'mine' }],
    ['https://llm.example.com/v1', { OPENAI_ASSISTANT_ID: 'asst_mine' }],
  ])('knows what is to answer at %s with %j', (baseURL, more) => {
    const given = { OPENAI_API_KEY: 'sk-secret-of-mine', OPENAI_BASE_URL: baseURL, ...more };
    expect(readStartConfiguration(given).openai).toMatchObject({ kind: 'server', baseURL });
  });

  it('wants a model with a server that is not OpenAI’s, before it starts anything', async () => {
    const given = { OPENAI_API_KEY: 'sk-secret-of-mine', OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' };
    const { code, output } = await start(['--once'], given);
    expect(code).toBe(2);
    expect(output).toMatch(
      /^Runs go to http:\/\/127\.0\.0\.1:9\/v1, .*Set OPENAI_MODEL to a model of that server/,
    );
    expect(output).not.toContain('pid');
  });

  it('tells all that is wrong with the accounts and its own settings at once, before it starts anything', async () => {
    const { code, output } = await start(['--once'], {
      OPENAI_API_KEY: 'sk-secret-of-mine',
      OPENAI_MODEL: 'mine',
      OPENAI_PROVIDER: 'respnse',
      OPENAI_ACCOUNTS: 'eu',
      BRIDGE_PORT: 'x',
    });
    expect(code).toBe(2);
    for (const name of ['OPENAI_PROVIDER', 'OPENAI_API_KEY__EU', 'BRIDGE_PORT'])
      expect(output).toContain(`\n  - ${name}: expected`);
    expect(output).not.toContain('secret-of-mine');
    expect(output).not.toContain('pid');
  });

  it('of a process that does not start shows this log, and not that of earlier ones', async () => {
    const logFolder = await mkdtemp(path.join(tmpdir(), 'durable-runs-log-'));
    await writeFile(path.join(logFolder, 'worker.log'), 'a line of yesterday\n');
    const options = { name: 'worker', file: 'worker/main.ts', logFolder, isReady: () => false };
    await expect(startProcess({ ...options, environment: { OPENAI_PROVIDER: 'respnse' } })).rejects.toThrow(
      /^The worker did not start: it ended\. The end of its log, .*worker\.log:\nThe configuration is not valid:\n/,
    );
    await rm(logFolder, { recursive: true });
  });

  it('wants a key with a base URL', async () => {
    const { code, output } = await start(['--once'], { OPENAI_BASE_URL: 'http://127.0.0.1:4010/v1' });
    expect(code).toBe(2);
    expect(output).toContain('OPENAI_API_KEY');
  });

  it('fails when a run does not end as it should, and tells no key', async () => {
    const server = await startSimulator({ port: 0 });
    try {
      const { code, output } = await start(['--once', 'hello'], {
        OPENAI_API_KEY: 'sk-secret-of-mine',
        OPENAI_BASE_URL: server.baseURL,
        OPENAI_MODEL: 'gpt-mine',
      });
      expect(output).toContain('not_created: 401 Incorrect');
      expect(output).not.toContain('secret');
      expect(code).toBe(1);
    } finally {
      await server.close();
    }
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
