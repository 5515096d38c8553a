/*
 * Loaded into a process before its own code (`node --import`): ends it when its standard input does, which is a pipe that the parent holds
 * and never writes to. The system closes it with the parent whatever that died of, SIGKILL included, so that nothing is left behind.
 */
import { isMainThread } from 'node:worker_threads';

/** What a process may take to finish what it is doing. */
const graceMs = 10_000;

// What is imported so is loaded into each of the process's threads, too.
if (isMainThread) {
  process.stdin.on('error', () => undefined);
  process.stdin.on('close', () => {
    // To its listeners, and not by the system: one that is stopping already has none any more, and would die in the middle.
    process.emit('SIGTERM', 'SIGTERM');
    setTimeout(() => process.exit(1), graceMs).unref();
  });
  process.stdin.resume();
  // It is no reason to stay.
  process.stdin.unref();
}
