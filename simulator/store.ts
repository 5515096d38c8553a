import { notFound } from './errors.ts';
import { toUnixSeconds } from './clock.ts';
import type { Clock } from './clock.ts';
import type { IdFactory } from './ids.ts';
import type {
  AssistantObject,
  MessageContent,
  MessageObject,
  Metadata,
  ThreadObject,
} from './assistants/objects.ts';

/** The assistant that always exists, for users who want to start without creating one. */
export const SIMULATOR_ASSISTANT_ID = 'asst_simulator';
/** The model of {@link SIMULATOR_ASSISTANT_ID}. */
export const SIMULATOR_MODEL = 'gpt-sim';

interface ThreadRecord {
  thread: ThreadObject;
  messages: MessageObject[];
}

/** What a new message needs; the rest is the store's. */
export interface NewMessage {
  role: 'user' | 'assistant';
  content: MessageContent[];
  attachments?: MessageObject['attachments'];
  metadata?: Metadata;
  assistantId?: string;
  runId?: string;
  /** A message cut off by a token limit. */
  incomplete?: boolean;
}

/** Owns assistants, threads and messages (runs belong to the run engine). Objects are replaced, never changed in place. */
export class Store {
  readonly #clock: Clock;
  readonly #nextId: IdFactory;
  readonly #assistants = new Map<string, AssistantObject>();
  readonly #threads = new Map<string, ThreadRecord>();

  readonly #maxAssistants: number;

  constructor(clock: Clock, nextId: IdFactory, maxAssistants = Infinity) {
    this.#maxAssistants = maxAssistants;
    this.#clock = clock;
    this.#nextId = nextId;
    this.reset();
  }

  /** Forgets everything but {@link SIMULATOR_ASSISTANT_ID}. */
  reset(): void {
    this.#assistants.clear();
    this.#threads.clear();
    this.#assistants.set(SIMULATOR_ASSISTANT_ID, {
      id: SIMULATOR_ASSISTANT_ID,
      object: 'assistant',
      created_at: toUnixSeconds(this.#clock.now()),
      name: 'Simulator',
      description: 'Answers without a model: arithmetic, tool calls, and a canned answer to everything else.',
      model: SIMULATOR_MODEL,
      instructions: 'You are a helpful assistant.',
      tools: [],
      tool_resources: null,
      metadata: {},
      temperature: 1,
      top_p: 1,
      response_format: 'auto',
    });
  }

  addAssistant(fields: Omit<AssistantObject, 'id' | 'object' | 'created_at'>): AssistantObject {
    const assistant: AssistantObject = {
      id: this.#nextId('asst'),
      object: 'assistant',
      created_at: toUnixSeconds(this.#clock.now()),
      ...fields,
    };
    this.#assistants.set(assistant.id, assistant);
    // Runs carry what they need of their assistant, so that the oldest can go at any time.
    if (this.#assistants.size > this.#maxAssistants) {
      const [first, second] = this.#assistants.keys();
      this.#assistants.delete((first === SIMULATOR_ASSISTANT_ID ? second : first) ?? '');
    }
    return assistant;
  }

  assistant(id: string): AssistantObject {
    const assistant = this.#assistants.get(id);
    if (!assistant) throw notFound('assistant', id);
    return assistant;
  }

  /** Oldest first. */
  assistants(): AssistantObject[] {
    return [...this.#assistants.values()];
  }

  updateAssistant(id: string, changes: Partial<AssistantObject>): AssistantObject {
    const assistant = { ...this.assistant(id), ...changes };
    this.#assistants.set(id, assistant);
    return assistant;
  }

  deleteAssistant(id: string): void {
    this.assistant(id);
    this.#assistants.delete(id);
  }

  addThread(metadata: Metadata, toolResources: ThreadObject['tool_resources']): ThreadObject {
    const thread: ThreadObject = {
      id: this.#nextId('thread'),
      object: 'thread',
      created_at: toUnixSeconds(this.#clock.now()),
      metadata,
      tool_resources: toolResources,
    };
    this.#threads.set(thread.id, { thread, messages: [] });
    return thread;
  }

  thread(id: string): ThreadObject {
    return this.#record(id).thread;
  }

  /** Like {@link thread}, for those who only want to know what can be known. */
  findThread(id: string): ThreadObject | undefined {
    return this.#threads.get(id)?.thread;
  }

  updateThread(id: string, changes: Partial<ThreadObject>): ThreadObject {
    const record = this.#record(id);
    record.thread = { ...record.thread, ...changes };
    return record.thread;
  }

  deleteThread(id: string): void {
    this.thread(id);
    this.#threads.delete(id);
  }

  /** Oldest first. */
  messages(threadId: string): readonly MessageObject[] {
    return this.#record(threadId).messages;
  }

  message(threadId: string, id: string): MessageObject {
    const message = this.messages(threadId).find((candidate) => candidate.id === id);
    if (!message) throw notFound('message', id);
    return message;
  }

  addMessage(threadId: string, fields: NewMessage): MessageObject {
    const record = this.#record(threadId);
    const now = toUnixSeconds(this.#clock.now());
    const incomplete = fields.incomplete ?? false;
    const message: MessageObject = {
      id: this.#nextId('msg'),
      object: 'thread.message',
      created_at: now,
      thread_id: threadId,
      role: fields.role,
      content: fields.content,
      attachments: fields.attachments ?? [],
      metadata: fields.metadata ?? {},
      assistant_id: fields.assistantId ?? null,
      run_id: fields.runId ?? null,
      status: incomplete ? 'incomplete' : 'completed',
      completed_at: incomplete ? null : now,
      incomplete_at: incomplete ? now : null,
      incomplete_details: incomplete ? { reason: 'max_tokens' } : null,
    };
    record.messages.push(message);
    return message;
  }

  updateMessage(threadId: string, id: string, changes: Partial<MessageObject>): MessageObject {
    const message = { ...this.message(threadId, id), ...changes };
    const record = this.#record(threadId);
    record.messages = record.messages.map((candidate) => (candidate.id === id ? message : candidate));
    return message;
  }

  deleteMessage(threadId: string, id: string): void {
    this.message(threadId, id);
    const record = this.#record(threadId);
    record.messages = record.messages.filter((candidate) => candidate.id !== id);
  }

  #record(id: string): ThreadRecord {
    const record = this.#threads.get(id);
    if (!record) throw notFound('thread', id);
    return record;
  }
}
