import { spawn } from 'node:child_process';
import os from 'node:os';
import process from 'node:process';

/** Signals that a terminal sends by itself to every process in its foreground. */
const terminalSignals = ['SIGINT', 'SIGQUIT', 'SIGHUP'];
const forwardedSignals = [...terminalSignals, 'SIGTERM'];

/** npm passes a signal on that the terminal has sent us already: the copy follows within this time. */
const repeatedSignalMs = 250;

/**
 * A signal sent to npm alone goes no further than to the shell that it started us with, and that shell dies of it in silence. Losing our
 * parent is then all that we notice. Without npm a lost parent means nothing (nohup, for one).
 */
const watchesParent = process.env.npm_lifecycle_event !== undefined;
const parentPid = process.ppid;
const parentPollMs = 250;

/**
 * Runs a program with our own standard streams and waits for its end. A signal reaches it exactly once:
 *
 * - Typed at a terminal (standard input is one), it reaches the child without us, as the child stays in the terminal's foreground
 *   (it may read what is typed). We only outlive it.
 * - Without a terminal the child gets a process group of its own, so that only what we forward reaches it.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, shell?: boolean }} [options]
 * @returns {Promise<{ code: number | null, signal: string | null }>}
 */
export function runToEnd(command, args, options = {}) {
  const interactive = process.stdin.isTTY === true;
  return new Promise((resolve) => {
    const lastSignalMs = new Map();
    const forward = (signal) => {
      const nowMs = performance.now();
      const repeated = nowMs - (lastSignalMs.get(signal) ?? -Infinity) < repeatedSignalMs;
      lastSignalMs.set(signal, nowMs);
      if (repeated || (interactive && terminalSignals.includes(signal))) return;
      child.kill(signal);
    };
    for (const signal of forwardedSignals) process.on(signal, forward);
    const watch = setInterval(() => {
      // After a Ctrl-C the shell dies as well; the child has been told then.
      if (watchesParent && process.ppid !== parentPid && lastSignalMs.size === 0) forward('SIGTERM');
    }, parentPollMs);
    const done = (end) => {
      clearInterval(watch);
      for (const signal of forwardedSignals) process.off(signal, forward);
      resolve(end);
    };

    const child = spawn(command, args, {
      ...options,
      stdio: 'inherit',
      detached: !interactive && process.platform !== 'win32',
    });
    child.once('error', (error) => {
      console.error(`Cannot run ${command}: ${error.message}.`);
      done({ code: 127, signal: null });
    });
    child.once('exit', (code, signal) => done({ code, signal }));
  });
}

/**
 * Ends this process as the child ended, by the same signal if it was one, so that shells and CI see the truth.
 *
 * @param {{ code: number | null, signal: string | null }} end
 */
export function exitLike({ code, signal }) {
  if (signal === null) {
    process.exitCode = code ?? 1;
    return;
  }
  // Should the signal not end us (some cannot, on some systems), the shell's convention says the same by a number.
  process.exitCode = 128 + (os.constants.signals[signal] ?? 0);
  process.kill(process.pid, signal);
}
