import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { temporaryFolder } from './support.ts';

const lifetime = new URL('../../scripts/temporal/child-lifetime.ts', import.meta.url).href;

/** A process with a tied child in a group of its own; the child holds standard output open for as long as it lives. */
function parentThat(ends: string): {
  ended: Promise<NodeJS.Signals | number | null>;
  childGone: Promise<string>;
} {
  const script = path.join(temporaryFolder(), 'parent.ts');
  writeFileSync(
    script,
    `import { spawn } from 'node:child_process';
    import { endWithThisProcess } from '${lifetime}';
    const child = spawn('sleep', ['600'], { stdio: ['ignore', 'inherit', 'ignore'], detached: true });
    endWithThisProcess(child);
    child.once('spawn', () => { ${ends} });
    setInterval(() => {}, 1e6);`,
  );
  const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'ignore'] });
  return {
    ended: new Promise((resolve) => parent.once('exit', (code, signal) => resolve(signal ?? code))),
    childGone: text(parent.stdout),
  };
}

test.each<[string, string, NodeJS.Signals | number]>([
  ['process.exit', 'process.exit(3)', 3],
  ['an uncaught exception', "throw new Error('x')", 1],
  ['SIGINT', "process.kill(process.pid, 'SIGINT')", 'SIGINT'],
  ['SIGTERM', "process.kill(process.pid, 'SIGTERM')", 'SIGTERM'],
  ['SIGHUP', "process.kill(process.pid, 'SIGHUP')", 'SIGHUP'],
  [
    'a signal handled by somebody else',
    "process.on('SIGINT', () => process.exit(5)); process.kill(process.pid, 'SIGINT')",
    5,
  ],
])('a child ends with its parent by %s', async (_what, ends, expected) => {
  const { ended, childGone } = parentThat(ends);
  expect(await ended).toBe(expected);
  await childGone;
});
