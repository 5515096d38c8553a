import { toUnixSeconds } from '../clock.ts';
import type { Clock } from '../clock.ts';
import type { IdFactory } from '../ids.ts';
import type { Metadata } from '../assistants/objects.ts';
import { Retention } from '../retention.ts';
import { conversationLocked, conversationNotFound, itemNotFound } from './errors.ts';
import type { ConversationObject, Item } from './objects.ts';

interface ConversationRecord {
  readonly id: string;
  readonly createdAtMs: number;
  metadata: Metadata;
  items: readonly Item[];
  /** The response that works on it. */
  lockedBy: string | null;
}

/** Owns the conversations: what responses that name one read, and what they leave there. */
export class Conversations {
  readonly #clock: Clock;
  readonly #nextId: IdFactory;
  readonly #conversations = new Map<string, ConversationRecord>();
  readonly #idle: Retention;

  /** @param maxIdle how many are kept that nothing works on; the one that was used longest ago goes first */
  constructor(clock: Clock, nextId: IdFactory, maxIdle: number) {
    this.#clock = clock;
    this.#nextId = nextId;
    this.#idle = new Retention(maxIdle, (id) => this.#conversations.delete(id));
  }

  create(metadata: Metadata, items: readonly Item[]): ConversationObject {
    const id = this.#nextId('conv');
    const conversation = { id, createdAtMs: this.#clock.now(), metadata, items, lockedBy: null };
    this.#conversations.set(id, conversation);
    this.#idle.ended(id);
    return this.render(id);
  }

  /** @throws ApiError 404 */
  render(id: string): ConversationObject {
    const { createdAtMs, metadata } = this.#record(id);
    return { id, object: 'conversation', created_at: toUnixSeconds(createdAtMs), metadata };
  }

  metadata(id: string): Metadata | undefined {
    return this.#conversations.get(id)?.metadata;
  }

  update(id: string, metadata: Metadata): ConversationObject {
    this.#record(id).metadata = metadata;
    return this.render(id);
  }

  delete(id: string): void {
    this.#record(id);
    this.#conversations.delete(id);
    this.#idle.gone(id);
  }

  /** Oldest first. */
  items(id: string): readonly Item[] {
    return this.#record(id).items;
  }

  item(id: string, itemId: string): Item {
    const item = this.items(id).find((candidate) => candidate.id === itemId);
    if (!item) throw itemNotFound(itemId);
    return item;
  }

  deleteItem(id: string, itemId: string): ConversationObject {
    this.item(id, itemId);
    const record = this.#record(id);
    record.items = record.items.filter((candidate) => candidate.id !== itemId);
    return this.render(id);
  }

  /** Adds items; what comes for a conversation that is gone is dropped. */
  append(id: string, items: readonly Item[]): void {
    const record = this.#conversations.get(id);
    if (record) record.items = [...record.items, ...items];
  }

  /** @throws ApiError 400 while a response works on it. */
  checkUnlocked(id: string): void {
    if (this.#record(id).lockedBy !== null) throw conversationLocked();
  }

  lock(id: string, responseId: string): void {
    this.#record(id).lockedBy = responseId;
    this.#idle.gone(id);
  }

  unlock(id: string, responseId: string): void {
    const record = this.#conversations.get(id);
    if (record?.lockedBy !== responseId) return;
    record.lockedBy = null;
    this.#idle.ended(id);
  }

  reset(): void {
    this.#conversations.clear();
    this.#idle.clear();
  }

  #record(id: string): ConversationRecord {
    const record = this.#conversations.get(id);
    if (!record) throw conversationNotFound(id);
    return record;
  }
}
