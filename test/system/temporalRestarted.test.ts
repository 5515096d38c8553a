import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { startTemporalServer } from '../../scripts/temporal/server.ts';
import { findFreePort } from '../../scripts/temporal/ports.ts';
import { System } from './system.ts';

it('the Temporal server is restarted on its database: runs go on', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'durable-runs-temporal-'));
  const port = await findFreePort();
  const start = () =>
    startTemporalServer({
      executablePath: inject('temporalExecutable'),
      port,
      uiPort: port + 1,
      dbFilename: join(folder, 'temporal.db'),
      logFile: join(folder, `${randomUUID()}.log`),
    });
  let server = await start();
  try {
    await using system = await System.start(server.address);
    await system.startWorker();
    const run = await system.startRun({
      input: 'What is 2+2?',
      request: { metadata: { simulator: JSON.stringify({ workMs: 2_000 }) } },
      policy: { wait: { initialMs: 200 } },
    });
    await system.seen((entry) => entry.kind === 'run' && entry.to === 'in_progress');
    await server.stop();
    server = await start();

    expect(await run.result()).toMatchObject({ status: 'completed', attempts: [{ outcome: 'completed' }] });
    expect(new Set(system.changes(run.id).map(({ runId }) => runId)).size).toBe(1);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true });
  }
});
