import { spawnSync } from 'node:child_process';
import path from 'node:path';

/* Everything that a change must pass, for people (`npm run verify`) and for CI alike: from the quickest to the slowest. */

const steps = [
  { name: 'format', command: ['prettier', '--check', '--log-level', 'warn', '.'] },
  { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings'] },
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'tests', command: ['vitest', 'run'] },
] as const;

const root = path.resolve(import.meta.dirname, '..');

for (const { name, command } of steps) {
  const [program, ...args] = command;
  const startedMs = performance.now();
  const { status } = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  if (status !== 0) {
    process.stderr.write(`verify: ${name} failed after ${seconds} s (${command.join(' ')})\n`);
    process.exit(1);
  }
  process.stderr.write(`verify: ${name} passed in ${seconds} s\n`);
}
