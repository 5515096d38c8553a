import type { DeliveryEntry, FaultEntry, Log, LogEntry, RequestEntry } from '../log.ts';

/** How much of each kind the page shows. */
export const SHOWN = 60;

type Seen<T> = T & Pick<LogEntry, 'seq' | 'at'>;

/** What the page wants of the log: counts since the last reset, and the newest lines. Costs the same however long the log is. */
export class Recent {
  readonly requests: Seen<RequestEntry>[] = [];
  readonly deliveries: Seen<DeliveryEntry>[] = [];
  readonly faults: Seen<FaultEntry>[] = [];
  readonly totals = { requests: 0, deliveries: 0, failedDeliveries: 0, faults: 0 };

  constructor(log: Log) {
    log.subscribe((entry) => this.#note(entry));
  }

  reset(): void {
    for (const list of [this.requests, this.deliveries, this.faults]) list.length = 0;
    Object.assign(this.totals, { requests: 0, deliveries: 0, failedDeliveries: 0, faults: 0 });
  }

  #note(entry: LogEntry): void {
    switch (entry.kind) {
      case 'request':
        this.totals.requests += 1;
        return keep(this.requests, entry);
      case 'delivery':
        this.totals.deliveries += 1;
        if (entry.error !== null) this.totals.failedDeliveries += 1;
        return keep(this.deliveries, entry);
      case 'fault':
        this.totals.faults += 1;
        return keep(this.faults, entry);
      // Runs and responses are shown as they are, not as they became it.
      case 'run':
    }
  }
}

function keep<T>(list: T[], entry: T): void {
  list.push(entry);
  if (list.length > SHOWN) list.shift();
}
