import type { CallCounts } from '../../core/calls.ts';
import type { JsonObject } from '../../core/json.ts';

/**
 * What tests of the workflow have to know of a provider: how things are called there, and what it cannot do. The tests themselves
 * are the same for all; a new provider is an entry here.
 */
export interface Dialect {
  readonly provider: string;
  /** The simulator's names of the provider's endpoints, for faults and counts. */
  readonly endpoints: {
    readonly create: 'runs.create' | 'responses.create';
    readonly retrieve: 'runs.retrieve' | 'responses.retrieve';
    readonly submit: 'runs.submitToolOutputs' | 'responses.create';
    readonly cancel: 'runs.cancel' | 'responses.cancel';
    /** What is asked for the answer when a webhook has come. */
    readonly read: 'messages.list' | 'responses.retrieve';
  };
  /** How many requests to the endpoint of submits come before the first submit, where it is the endpoint of creates too. */
  readonly requestsBeforeSubmit: number;
  /** What a script has to say for its attempts to be told apart. */
  readonly attemptScript: { readonly by?: string };
  /** What webhook events are called, before the status. */
  readonly eventPrefix: 'thread.run.' | 'response.';
  /** Calls before the first create. */
  readonly preparation: CallCounts;
  /** Activities before the first create. */
  readonly preparations: number;
  /** The call that reads the answer when a webhook has come. */
  readonly reading: CallCounts;
  /** The calls that it takes to read so many webhooks: those of an answer, and others. */
  readonly readings: (webhooks: { readonly answers: number; readonly others: number }) => CallCounts;
  /** The call that reads the answer when a check has found that there is one. */
  readonly answering: CallCounts;
  /** What the simulator counts for a run besides its create, one whose end a webhook tells. */
  readonly requests: {
    readonly preparation: Readonly<Record<string, number>>;
    readonly reading: Readonly<Record<string, number>>;
  };
  /** Whether a create whose reply was lost can be looked for. */
  readonly searchable: boolean;
  /** The calls of a look for what a create has made whose reply was lost. */
  readonly looking: CallCounts;
  /** How often a create that made nothing is looked for before it is sent again. */
  readonly looks: number;
  /** Whether what is cancelled has ended when the cancel is answered. */
  readonly cancelsAtOnce: boolean;
  /** The statuses that it goes through there when it is cancelled. */
  readonly cancelled: readonly string[];
  /** The script of an attempt whose answer is cut short. */
  readonly incomplete:
    { readonly reason: 'max_completion_tokens' } | { readonly reason: 'max_output_tokens' };
  /** Whether a webhook carries all but the answer, and its end can be read although the provider cannot. */
  readonly webhooksCarryRuns: boolean;
  /** Whether each round of tools makes something new at the provider. */
  readonly makesNewRefs: boolean;
  /** Whether the provider ends by itself what takes too long. */
  readonly expires: boolean;
  /** Whether runs share threads, of which each lets in one run at a time. */
  readonly hasThreads: boolean;
  /** Whether runs share conversations, of which each lets in one at a time without saying whose it is. */
  readonly hasConversations: boolean;
  /** Whether its webhooks tell of more than the end. */
  readonly tellsOfProgress: boolean;
  /** The webhook event by which it asks for tools. */
  readonly toolsEvent: 'thread.run.requires_action' | 'response.completed';
  /** An end after which the run starts a new attempt, for as long as the policy lets it. */
  readonly restartable: {
    readonly script: { readonly end: 'expired' } | { readonly error: { readonly code: 'server_error' } };
    readonly outcome: 'expired' | 'failed';
    /** The error's code in the attempt's record. */
    readonly code: string;
    /** Whether the new attempt waits for a delay of the policy. */
    readonly isPausedFor: boolean;
  };
  /** Requests that name something which is not there, and the word for it. */
  readonly unknown: readonly { readonly name: string; readonly request: JsonObject; readonly word: string }[];
  /** What a request that wants JSON of this schema says. */
  readonly asksForJson: (schema: JsonObject) => JsonObject;
}

export const dialects = {
  assistant: {
    provider: 'assistant',
    endpoints: {
      create: 'runs.create',
      retrieve: 'runs.retrieve',
      submit: 'runs.submitToolOutputs',
      cancel: 'runs.cancel',
      read: 'messages.list',
    },
    requestsBeforeSubmit: 0,
    attemptScript: {},
    eventPrefix: 'thread.run.',
    preparation: { prepare: 1 },
    preparations: 1,
    reading: { readOutput: 1 },
    readings: ({ answers }) => (answers === 0 ? {} : { readOutput: answers }),
    answering: { readOutput: 1 },
    requests: { preparation: { 'threads.create': 1 }, reading: { 'messages.list': 1 } },
    searchable: true,
    looking: { find: 1 },
    looks: 1,
    cancelsAtOnce: false,
    cancelled: ['cancelling', 'cancelled'],
    incomplete: { reason: 'max_completion_tokens' },
    webhooksCarryRuns: true,
    makesNewRefs: false,
    expires: true,
    hasThreads: true,
    hasConversations: false,
    tellsOfProgress: true,
    toolsEvent: 'thread.run.requires_action',
    restartable: { script: { end: 'expired' }, outcome: 'expired', code: 'run.expired', isPausedFor: false },
    unknown: [
      { name: 'an assistant', request: { assistant_id: 'asst_nobody' }, word: 'asst_nobody' },
      { name: 'a thread', request: { thread_id: 'thread_nowhere' }, word: 'thread_nowhere' },
    ],
    asksForJson: (schema) => ({
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } },
    }),
  },
  response: {
    provider: 'response',
    endpoints: {
      create: 'responses.create',
      retrieve: 'responses.retrieve',
      submit: 'responses.create',
      cancel: 'responses.cancel',
      read: 'responses.retrieve',
    },
    requestsBeforeSubmit: 1,
    attemptScript: { by: 'durable_run_id' },
    eventPrefix: 'response.',
    preparation: {},
    preparations: 0,
    reading: { retrieve: 1 },
    readings: ({ answers, others }) => ({ retrieve: answers + others }),
    answering: {},
    requests: { preparation: {}, reading: { 'responses.retrieve': 1 } },
    searchable: false,
    looking: {},
    // Asking costs nothing, so it is done again after the wait for a webhook.
    looks: 2,
    cancelsAtOnce: true,
    cancelled: ['cancelled'],
    incomplete: { reason: 'max_output_tokens' },
    webhooksCarryRuns: false,
    makesNewRefs: true,
    expires: false,
    hasThreads: false,
    hasConversations: true,
    tellsOfProgress: false,
    toolsEvent: 'response.completed',
    restartable: {
      script: { error: { code: 'server_error' } },
      outcome: 'failed',
      code: 'server_error',
      isPausedFor: true,
    },
    unknown: [
      { name: 'a response', request: { previous_response_id: 'resp_nowhere' }, word: 'resp_nowhere' },
      { name: 'a conversation', request: { conversation: 'conv_nowhere' }, word: 'conv_nowhere' },
    ],
    asksForJson: (schema) => ({ text: { format: { type: 'json_schema', name: 'answer', schema } } }),
  },
} as const satisfies Record<string, Dialect>;

/** The dialect of a provider. */
export function dialectOf(provider: string): Dialect {
  const dialect = Object.values(dialects).find((candidate) => candidate.provider === provider);
  if (dialect === undefined)
    throw new Error(`There is no dialect for the provider ${provider}: see test/support/dialects.ts.`);
  return dialect;
}
