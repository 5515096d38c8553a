import { startTemporalServer, type TemporalServer } from '../../scripts/temporal/server.ts';

export interface TemporalSettings {
  readonly executablePath: string;
  readonly port: number;
  readonly uiPort: number;
  readonly dbFilename: string;
  readonly logFile: string;
}

/** A Temporal server that can be stopped and started again on its database. */
export class RestartableTemporal {
  readonly #settings: TemporalSettings;
  #server: TemporalServer;
  #turn: Promise<void> = Promise.resolve();

  private constructor(settings: TemporalSettings, server: TemporalServer) {
    this.#settings = settings;
    this.#server = server;
  }

  static async start(settings: TemporalSettings): Promise<RestartableTemporal> {
    return new RestartableTemporal(settings, await launch(settings));
  }

  get port(): number {
    return this.#settings.port;
  }

  get address(): string {
    return this.#server.address;
  }

  /** @param how SIGTERM lets it finish what it writes */
  restart(how: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#turn = this.#replace(how, this.#turn);
    return this.#turn;
  }

  /** @param turn what is to be done before */
  async #replace(how: 'SIGTERM' | 'SIGKILL', turn: Promise<void>): Promise<void> {
    await turn;
    if (how === 'SIGKILL') process.kill(this.#server.pid, 'SIGKILL');
    await this.#server.stop();
    this.#server = await launch(this.#settings);
  }

  async stop(): Promise<void> {
    await this.#turn.catch(() => undefined);
    await this.#server.stop();
  }
}

function launch(settings: TemporalSettings): Promise<TemporalServer> {
  return startTemporalServer({
    ...settings,
    startTimeoutMs: 60_000,
    // A write is the system's once it is made, and a server that is killed has lost none: to wait for the disk guards against the machine's
    // end alone. Timers are otherwise fired up to a second late, to fire them together: on one machine there is nothing to save.
    extraArgs: [
      '--sqlite-pragma=journal_mode=wal',
      '--sqlite-pragma=synchronous=off',
      '--dynamic-config-value=history.timerProcessorMaxTimeShift="5ms"',
    ],
  });
}
