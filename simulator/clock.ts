import { TimerQueue } from './timers.ts';

/** A pending call of {@link Clock.after}. Cancelling twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void;
}

/**
 * The only source of time for everything the simulator simulates: objects' timestamps, how long runs queue and work,
 * expiry, redelivery, rate limits. Real time is used in two places only, the log and `webhook-timestamp`
 * ({@link realNowMs}), and where somebody outside is waited for.
 */
export interface Clock {
  /** Simulated milliseconds since the epoch. */
  now(): number;
  /** Calls `action` once after `delayMs` simulated milliseconds. */
  after(delayMs: number, action: () => void): Timer;
  /** Says that real work is under way (a delivery): a step by hand waits for it before time goes on. */
  track(work: Promise<unknown>): void;
  /** Cancels everything pending; later `after` calls never fire. */
  stop(): void;
}

/** How simulated time runs: as real time, `scale` times as fast, or only by {@link SimulatedClock.advance}. */
export type TimeMode = 'real' | 'scaled' | 'stepped';

/** What time it is, and how it runs. */
export interface TimeState {
  mode: TimeMode;
  /** Simulated milliseconds in a real one; 0 when time is stepped. */
  scale: number;
  /** Simulated milliseconds since the epoch. */
  nowMs: number;
  pendingTimers: number;
  /** Until the next timer is due; null when there is none. */
  nextTimerInMs: number | null;
}

/** setTimeout fires at once for anything longer than this, so longer waits are made of several. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** A clock that starts at the real time; how it runs can be changed at any moment, and it never goes back. */
export class SimulatedClock implements Clock {
  readonly #timers = new TimerQueue();
  readonly #underWay = new Set<Promise<unknown>>();
  #mode: TimeMode;
  #scale: number;
  /** The pair of moments from which the present is counted. */
  #since = { realMs: realNowMs(), simulatedMs: realNowMs() };
  #wake: { handle: NodeJS.Timeout; forMs: number } | null = null;
  /** Steps are made one after the other; while one is, time stands still in between. */
  #steps: Promise<unknown> = Promise.resolve();
  #stepping = false;
  #stopped = false;

  constructor(mode: TimeMode, scale = 1) {
    this.#mode = mode;
    this.#scale = mode === 'real' ? 1 : scale;
  }

  now(): number {
    const { realMs, simulatedMs } = this.#since;
    return this.#runs() ? simulatedMs + (realNowMs() - realMs) * this.#scale : simulatedMs;
  }

  after(delayMs: number, action: () => void): Timer {
    if (this.#stopped) return { cancel: () => {} };
    const pending = this.#timers.add(this.now() + Math.max(0, delayMs), action);
    this.#arm();
    return { cancel: () => this.#timers.remove(pending) };
  }

  track(work: Promise<unknown>): void {
    const watched = work.catch(() => {}).finally(() => this.#underWay.delete(watched));
    this.#underWay.add(watched);
  }

  stop(): void {
    this.#stopped = true;
    this.#timers.clear();
    this.#disarm();
  }

  state(): TimeState {
    const nowMs = this.now();
    const first = this.#timers.first();
    return {
      mode: this.#mode,
      scale: this.#mode === 'stepped' ? 0 : this.#scale,
      nowMs,
      pendingTimers: this.#timers.size,
      nextTimerInMs: first === undefined ? null : Math.max(0, first.dueAtMs - nowMs),
    };
  }

  /** From now on time runs so; `scale` is kept when it is not given and `mode` is `scaled`. */
  set(mode: TimeMode, scale: number = this.#scale): void {
    this.#moveTo(this.now());
    this.#mode = mode;
    this.#scale = mode === 'real' ? 1 : scale;
    this.#disarm();
    this.#arm();
  }

  /**
   * Moves time on by `ms`, whatever the mode: what falls due is done in order, each at its own moment, and what it sets
   * off over the network (see {@link track}) is waited for before the next.
   */
  advance(ms: number): Promise<void> {
    const step = this.#steps.then(() => this.#step(ms));
    this.#steps = step.catch(() => {});
    return step;
  }

  async #step(ms: number): Promise<void> {
    this.#moveTo(this.now());
    this.#stepping = true;
    this.#disarm();
    const untilMs = this.now() + ms;
    try {
      await this.#settled();
      for (
        let next = this.#timers.first();
        next !== undefined && next.dueAtMs <= untilMs;
        next = this.#timers.first()
      ) {
        this.#moveTo(next.dueAtMs);
        this.#timers.remove(next);
        next.action();
        await this.#settled();
      }
      this.#moveTo(untilMs);
    } finally {
      this.#stepping = false;
      this.#moveTo(this.now());
      this.#arm();
    }
  }

  /** Lets handlers that were woken go on, and waits for what they have under way. */
  async #settled(): Promise<void> {
    do {
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      await Promise.all(this.#underWay);
    } while (this.#underWay.size > 0);
  }

  /** Whether time goes on by itself. */
  #runs(): boolean {
    return this.#mode !== 'stepped' && !this.#stepping;
  }

  #moveTo(simulatedMs: number): void {
    this.#since = { realMs: realNowMs(), simulatedMs: Math.max(simulatedMs, this.#since.simulatedMs) };
  }

  /** Makes sure that the first timer is served in time; in stepped time only what is due already. */
  #arm(): void {
    const first = this.#timers.first();
    if (first === undefined || this.#stepping || this.#stopped) return this.#disarm();
    const remainingMs = first.dueAtMs - this.now();
    if (remainingMs > 0 && !this.#runs()) return this.#disarm();
    if (this.#wake?.forMs === first.dueAtMs) return;
    this.#disarm();
    const delayMs = Math.min(Math.max(0, remainingMs / this.#scale), LONGEST_TIMEOUT_MS);
    this.#wake = { forMs: first.dueAtMs, handle: setTimeout(() => this.#serve(), delayMs) };
  }

  #disarm(): void {
    if (this.#wake !== null) clearTimeout(this.#wake.handle);
    this.#wake = null;
  }

  /** Does what is due, but not what that makes due: the rest of the process gets its turn first. */
  #serve(): void {
    this.#wake = null;
    const beforeOrder = this.#timers.added;
    const nowMs = this.now();
    try {
      for (
        let next = this.#timers.first();
        // Timeouts fire up to a millisecond early, which a fast clock would turn into seconds: only what is due.
        next !== undefined && next.dueAtMs <= nowMs && next.order < beforeOrder;
        next = this.#timers.first()
      ) {
        this.#timers.remove(next);
        next.action();
      }
    } finally {
      this.#arm();
    }
  }
}

/** A clock that starts at the real time and runs `scale` times as fast. */
export function scaledClock(scale: number): Clock {
  return new SimulatedClock('scaled', scale);
}

/** Real milliseconds since the epoch, with a fraction; never goes back within one process. */
export function realNowMs(): number {
  return performance.timeOrigin + performance.now();
}

/** Unix seconds, as the API writes its timestamps. */
export function toUnixSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}
