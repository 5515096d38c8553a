import type { StreamEvent } from './objects.ts';

/** An event with its place in the stream, counted from 0. */
export type JournalEvent = StreamEvent & { sequence_number: number };

/** Simulated milliseconds after the creation of a response in which its stream can be taken up again. */
export const RESUMABLE_MS = 300_000;

/** Everything a streamed response has told, kept so that a reader can come back and go on where it was. */
export class StreamJournal {
  readonly #events: JournalEvent[] = [];
  readonly #readers = new Set<{ onEvent: (event: JournalEvent) => void; onEnd: () => void }>();
  #closed = false;

  /** Tells the next event; after the end there is nothing to tell. */
  append(event: StreamEvent): void {
    if (this.#closed) return;
    const numbered = { ...event, sequence_number: this.#events.length };
    this.#events.push(numbered);
    for (const reader of this.#readers) reader.onEvent(numbered);
  }

  /** No more events: every reader is done. */
  close(): void {
    this.#closed = true;
    for (const reader of this.#readers) reader.onEnd();
    this.#readers.clear();
  }

  /** Gives the events with a greater number, past and future; returns what ends that early. */
  read(startingAfter: number, onEvent: (event: JournalEvent) => void, onEnd: () => void): () => void {
    for (const event of this.#events.slice(startingAfter + 1)) onEvent(event);
    if (this.#closed) {
      onEnd();
      return () => {};
    }
    const reader = { onEvent, onEnd };
    this.#readers.add(reader);
    return () => this.#readers.delete(reader);
  }
}
