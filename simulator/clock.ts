/** A pending call of {@link Clock.after}. Cancelling twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void;
}

/**
 * The only source of time for everything the simulator simulates: objects' timestamps, how long runs queue and work,
 * expiry, redelivery. Real time is used in two places only, the log and `webhook-timestamp` ({@link realNowMs}).
 */
export interface Clock {
  /** Simulated milliseconds since the epoch. */
  now(): number;
  /** Calls `action` once after `delayMs` simulated milliseconds. */
  after(delayMs: number, action: () => void): Timer;
  /** Cancels everything pending; later `after` calls never fire. */
  stop(): void;
}

/** setTimeout fires at once for anything longer than this, so longer waits are made of several. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** A clock that starts at the real time and runs `scale` times as fast. */
export function scaledClock(scale: number): Clock {
  const startedAt = realNowMs();
  const pending = new Set<Timer>();
  let stopped = false;

  const now = (): number => startedAt + (realNowMs() - startedAt) * scale;

  return {
    now,
    after(delayMs, action) {
      if (stopped) return { cancel: () => {} };
      const dueAt = now() + Math.max(0, delayMs);
      let handle: NodeJS.Timeout;
      const timer: Timer = {
        cancel() {
          clearTimeout(handle);
          pending.delete(timer);
        },
      };
      // Timeouts fire up to a millisecond early, which a fast clock would turn into seconds: wait until it is due.
      const wait = (): void => {
        const remainingMs = Math.max(0, (dueAt - now()) / scale);
        handle = setTimeout(
          () => {
            if (now() < dueAt) return wait();
            pending.delete(timer);
            action();
          },
          Math.min(remainingMs, LONGEST_TIMEOUT_MS),
        );
      };
      pending.add(timer);
      wait();
      return timer;
    },
    stop() {
      stopped = true;
      for (const timer of pending) timer.cancel();
    },
  };
}

/** Real milliseconds since the epoch, with a fraction; never goes back within one process. */
export function realNowMs(): number {
  return performance.timeOrigin + performance.now();
}

/** Unix seconds, as the API writes its timestamps. */
export function toUnixSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}
