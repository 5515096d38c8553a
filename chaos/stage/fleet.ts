import { setTimeout as sleep } from 'node:timers/promises';
import type { StartedProcess } from '../../scripts/start/process.ts';

interface Slot {
  process: StartedProcess;
  /** Set while its end is our doing. */
  isEnding: boolean;
  /** What is done to a slot is done one after the other. */
  turn: Promise<unknown>;
}

const pauseBeforeRestartMs = 500;

/**
 * Some processes of one sort, each in a slot. One that ends by itself is started again, as whatever runs processes in production would,
 * and counted.
 */
export class Fleet {
  readonly #start: (slot: number, generation: number) => Promise<StartedProcess>;
  readonly #slots: Slot[] = [];
  /** Their process ids may be somebody else's by now. */
  readonly #ended = new WeakSet<StartedProcess>();
  #generation = 0;
  #isStopping = false;
  /** Processes that ended without our doing. */
  endedByThemselves = 0;

  private constructor(start: (slot: number, generation: number) => Promise<StartedProcess>) {
    this.#start = start;
  }

  static async start(
    size: number,
    start: (slot: number, generation: number) => Promise<StartedProcess>,
  ): Promise<Fleet> {
    const fleet = new Fleet(start);
    // A paused process does not hear the SIGTERM that it gets when we end.
    process.once('exit', () => fleet.#kill());
    for (let index = 0; index < size; index += 1) {
      const slot = { process: await fleet.#launch(index), isEnding: false, turn: Promise.resolve() };
      fleet.#slots.push(slot);
      void fleet.#watch(index, slot);
    }
    return fleet;
  }

  get size(): number {
    return this.#slots.length;
  }

  get pids(): readonly number[] {
    return this.#slots.map(({ process: { pid } }) => pid);
  }

  /** SIGKILL, and another in its place. */
  kill(index: number): Promise<void> {
    return this.#replace(index, (running) => this.#signal(running, 'SIGKILL'));
  }

  /** SIGTERM, and another in its place when it has ended. */
  restart(index: number): Promise<void> {
    return this.#replace(index, (running) => running.stop());
  }

  /** SIGSTOP, and after some time, or when aborted, SIGCONT. */
  pause(index: number, durationMs: number, aborted: AbortSignal): Promise<void> {
    return this.#inTurn(index, async (slot) => {
      this.#signal(slot.process, 'SIGSTOP');
      await sleep(durationMs, undefined, { signal: aborted }).catch(() => undefined);
      this.#signal(slot.process, 'SIGCONT');
    });
  }

  /** Waits for what is being done, and stops all. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(
      this.#slots.map(async (slot) => {
        await slot.turn.catch(() => undefined);
        await slot.process.stop();
      }),
    );
  }

  #replace(index: number, end: (running: StartedProcess) => unknown): Promise<void> {
    return this.#inTurn(index, async (slot) => {
      slot.isEnding = true;
      await end(slot.process);
      await slot.process.exited;
      slot.process = await this.#launch(index);
      slot.isEnding = false;
      void this.#watch(index, slot);
    });
  }

  #inTurn(index: number, action: (slot: Slot) => Promise<void>): Promise<void> {
    const slot = this.#slots[index];
    if (slot === undefined) throw new RangeError(`There is no slot ${index}.`);
    const done = slot.turn.then(() => (this.#isStopping ? undefined : action(slot)));
    slot.turn = done.catch(() => undefined);
    return done;
  }

  async #watch(index: number, slot: Slot): Promise<void> {
    const { process: watched } = slot;
    await watched.exited;
    if (this.#isStopping || slot.isEnding || slot.process !== watched) return;
    this.endedByThemselves += 1;
    await this.#replace(index, () => sleep(pauseBeforeRestartMs));
  }

  /** A network that is cut, or a Temporal that is away, may end it before it is ready. */
  async #launch(index: number): Promise<StartedProcess> {
    for (;;) {
      try {
        const started = await this.#start(index, ++this.#generation);
        void started.exited.then(() => this.#ended.add(started));
        return started;
      } catch (error) {
        if (this.#isStopping || this.#slots.length <= index) throw error;
        await sleep(pauseBeforeRestartMs);
      }
    }
  }

  #kill(): void {
    for (const slot of this.#slots) this.#signal(slot.process, 'SIGKILL');
  }

  #signal(running: StartedProcess, name: NodeJS.Signals): void {
    if (this.#ended.has(running)) return;
    try {
      process.kill(running.pid, name);
    } catch {
      // It has ended, and we have not heard of it yet.
    }
  }
}
