import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';

// A supervisor that runs `npm run worker` sends its SIGTERM to npm.
test('what npm runs until it is stopped ends with npm', async () => {
  const { PATH = '', HOME = '' } = process.env;
  const npm = spawn('npm', ['run', '--silent', 'simulator', '--', '--port', '0'], {
    env: { PATH, HOME },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const lines = createInterface({ input: npm.stdout });
  expect(await once(lines, 'line')).toEqual([expect.stringContaining('listening')]);
  npm.kill('SIGTERM');
  // Standard output ends with the last process that has it.
  await once(lines, 'close');
});
