import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, Socket } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import { endingWithParent } from '../../scripts/temporal/child-lifetime.ts';
import { temporaryFolder } from './support.ts';

const lifetime = new URL('../../scripts/temporal/child-lifetime.ts', import.meta.url).href;
const processes = new URL('../support/processes.ts', import.meta.url).href;

/** Starts a child that shares our pipe for standard error, and kills its parent as soon as the child has said something. */
async function killParentOf(child: string): Promise<string> {
  const folder = temporaryFolder();
  const childFile = path.join(folder, 'child.ts');
  writeFileSync(childFile, child);
  const parent = startScript(
    folder,
    `import { spawn } from 'node:child_process';
    import { endingWithParent } from '${lifetime}';
    const child = spawn(process.execPath, [...endingWithParent, '${childFile}'], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdout.once('data', () => process.kill(process.pid, 'SIGKILL'));`,
  );
  // Ends when the child has ended, too.
  const said = text(parent.stderr);
  expect(await once(parent, 'exit')).toEqual([null, 'SIGKILL']);
  return said;
}

function startScript(folder: string, script: string) {
  const file = path.join(folder, 'parent.ts');
  writeFileSync(file, script);
  return spawn(process.execPath, [file], { stdio: ['ignore', 'ignore', 'pipe'] });
}

const forEver = `setInterval(() => {}, 1e6); console.log('"msg":"ready"');`;

test('a child ends in order with a parent that is killed', async () => {
  const said = await killParentOf(
    `process.once('SIGTERM', () => { console.error('stopping'); process.exit(); }); ${forEver}`,
  );
  expect(said).toBe('stopping\n');
});

test('a child that is stopping already is left alone', async () => {
  const said = await killParentOf(
    `process.once('SIGTERM', () => setTimeout(() => { console.error('done'); process.exit(); }, 50));
    process.emit('SIGTERM'); ${forEver}`,
  );
  expect(said).toBe('done\n');
});

test('a child that has nothing left to do is not kept, and its threads neither', async () => {
  const script = path.join(temporaryFolder(), 'parent.ts');
  writeFileSync(
    script,
    `import { isMainThread, Worker } from 'node:worker_threads';
    if (isMainThread) new Worker('${script}').on('error', () => process.exit(1));`,
  );
  const child = spawn(process.execPath, [...endingWithParent, script], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('the processes of the system tests end with tests that are killed', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const folder = temporaryFolder();
  const childFile = path.join(folder, 'child.ts');
  const endable = `process.once('SIGTERM', () => process.exit()); ${forEver}`;
  // Connected for as long as it lives: what it writes goes to the tests alone.
  writeFileSync(childFile, `import { connect } from 'node:net'; connect(${port}, '127.0.0.1'); ${endable}`);
  const connected = once(server, 'connection').then(([socket]) => z.instanceof(Socket).parse(socket));
  startScript(
    folder,
    `import { startTestProcess } from '${processes}';
    await startTestProcess('${childFile}', {});
    process.kill(process.pid, 'SIGKILL');`,
  );
  const socket = await connected;
  socket.resume().on('error', () => undefined);
  expect(await once(socket, 'close')).toEqual([expect.any(Boolean)]);
});
