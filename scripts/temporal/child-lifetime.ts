import type { ChildProcess } from 'node:child_process';

const deadlySignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const children = new Set<ChildProcess>();

/**
 * Arguments for a child that is Node, before its own file: it ends (SIGTERM) when this process does, whatever that dies of. Its standard
 * input must be a pipe, and nothing may be written to it.
 */
export const endingWithParent: readonly string[] = [
  '--import',
  new URL('end-with-parent.ts', import.meta.url).href,
];

/**
 * Ends `child` (SIGTERM) whenever this process ends: by its own exit, an uncaught exception, or a signal. Nothing can be done here about
 * a SIGKILL: that is for {@link endingWithParent}.
 *
 * Node dies of a signal without an `exit` event unless somebody listens for it. If somebody else does, the end is theirs to decide and
 * the `exit` event will come; if nobody does, the children are ended here and the signal takes its course.
 */
export function endWithThisProcess(child: ChildProcess): void {
  // A child that could not be started has no end to wait for.
  if (child.pid === undefined) return;
  if (children.size === 0) listen();
  children.add(child);
  child.once('exit', () => {
    children.delete(child);
    if (children.size === 0) unlisten();
  });
}

function listen(): void {
  process.on('exit', endChildren);
  for (const signal of deadlySignals) process.on(signal, onSignal);
}

function unlisten(): void {
  process.off('exit', endChildren);
  for (const signal of deadlySignals) process.off(signal, onSignal);
}

function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  endChildren();
  unlisten();
  process.kill(process.pid, signal);
}

function endChildren(): void {
  for (const child of children) child.kill('SIGTERM');
}
