import { createServer, type AddressInfo } from 'node:net';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { findTemporalExecutable } from '../../scripts/temporal/executable.ts';
import type { Obtain } from '../../scripts/temporal/obtain.ts';
import { assertPortFree } from '../../scripts/temporal/ports.ts';
import { startTemporalServer, type TemporalServerOptions } from '../../scripts/temporal/server.ts';
import { temporaryFolder, writeProgram } from './support.ts';

/** Listens on some port until the test ends. */
async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  return portOf(server.address());
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const port = portOf(server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error(`not a port: ${address}`);
  return address.port;
}

async function fakeServer(body: string): Promise<TemporalServerOptions> {
  const folder = temporaryFolder();
  return {
    executablePath: writeProgram(path.join(folder, 'temporal'), body),
    logFile: path.join(folder, 'logs', 'temporal.log'),
    port: await freePort(),
    uiPort: await freePort(),
  };
}

const never: Obtain = async () => ({ kind: 'unavailable', reason: 'not in a test' });

describe('a port in use', () => {
  test('is told with who needs it and what changes it', async () => {
    const port = await takenPort();
    await expect(
      assertPortFree({ host: '127.0.0.1', port, neededBy: 'the bridge', setting: 'BRIDGE_PORT' }),
    ).rejects.toThrow(
      new RegExp(
        `Port ${port} on 127\\.0\\.0\\.1 is already in use, and the bridge needs it.*with BRIDGE_PORT`,
      ),
    );
  });

  test('that is free raises nothing', async () => {
    const wish = { host: '127.0.0.1', port: await freePort(), neededBy: 'x', setting: 'X' };
    await expect(assertPortFree(wish)).resolves.toBeUndefined();
  });

  test.each(['port', 'uiPort'] as const)('stops the server from being started (%s)', async (which) => {
    const options = await fakeServer('echo started');
    const settingNames = { port: 'A_PORT', uiPort: 'A_UI_PORT' };
    await expect(
      startTemporalServer({ ...options, [which]: await takenPort(), settingNames }),
    ).rejects.toThrow(settingNames[which]);
    expect(existsSync(options.logFile)).toBe(false);
  });
});

describe('a server that does not come up', () => {
  test('is an error with the end of its log', async () => {
    const options = await fakeServer('[ "$3" = --help ] || { echo "no luck" >&2; exit 4; }');
    await expect(startTemporalServer(options)).rejects.toThrow(/ended at once with exit code 4[^]*no luck/);
  });

  test('is not waited for without end, and is killed if it will not stop', async () => {
    const options = await fakeServer(
      '[ "$3" = --help ] || { trap "" TERM; echo $$; while :; do sleep 0.05; done; }',
    );
    await expect(startTemporalServer({ ...options, startTimeoutMs: 200, stopTimeoutMs: 50 })).rejects.toThrow(
      /did not serve within 0\.2 s/,
    );
    const pid = Number(readFileSync(options.logFile, 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  test('because there is no such executable is said', async () => {
    const options = await fakeServer('');
    await expect(startTemporalServer({ ...options, executablePath: '/nowhere/temporal' })).rejects.toThrow(
      '/nowhere/temporal',
    );
  });
});

describe('a real server', () => {
  let executablePath: string;

  beforeAll(async () => {
    // Found, never got: this test must neither download nor build. The global set-up has done that where it was needed.
    executablePath = (await findTemporalExecutable({ download: never, build: never })).path;
  });

  test('serves when it is said to, keeps its database over a restart, and stops', async () => {
    const folder = temporaryFolder();
    const options: TemporalServerOptions = {
      executablePath,
      logFile: path.join(folder, 'logs', 'temporal.log'),
      dbFilename: path.join(folder, 'data', 'temporal.db'),
      namespace: 'default',
      port: await freePort(),
      uiPort: await freePort(),
    };
    for (const expected of ['unknown', 'RUNNING']) {
      const server = await startTemporalServer(options);
      onTestFinished(() => server.stop());
      expect((await fetch(server.uiUrl)).status).toBe(200);
      const connection = await Connection.connect({ address: server.address });
      const client = new Client({ connection });
      expect(await statusOf(client, 'kept')).toBe(expected);
      if (expected === 'unknown')
        await client.workflow.start('any', { workflowId: 'kept', taskQueue: 'none' });
      await connection.close();
      await server.stop();
      await server.stop();
      expect(await server.exited).toEqual({ code: 0, signal: null });
    }
  });
});

async function statusOf(client: Client, workflowId: string): Promise<string> {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).status.name;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'unknown';
    throw error;
  }
}
