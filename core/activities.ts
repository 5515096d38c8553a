import type { CallCounts } from './calls.ts';
import type { JsonObject } from './json.ts';
import type { ProviderRef, Snapshot, ToolOutput } from './snapshot.ts';
import type { RunTag } from './tag.ts';

/* The activities as the workflow sees them. The worker implements them in `activities/`. */

/** Which provider, and in whose name. */
export interface Target {
  /** {@link accountsChoice} leaves it to the account: which one that is, every reply says. */
  readonly provider: string;
  readonly account: string;
}

export const accountsChoice = 'default';

/** What the user asked for: a submit is given it as well as a create, for an API may want to hear it again. */
export interface AskedFor extends Target {
  readonly tag: RunTag;
  readonly request: JsonObject;
  readonly tools: readonly string[];
}

/** What every reply says of the call itself. */
export interface CallFacts {
  readonly calls: CallCounts;
  /** The provider that was called, by its own name. */
  readonly provider: string;
}

export interface CreateArguments extends AskedFor {
  /** The user's message. */
  readonly input: string;
  /** True when a preparation or an earlier attempt has brought the message to the provider, where it may have stayed. */
  readonly inputDelivered: boolean;
}

/**
 * A provider that needs something first (an assistant needs a thread) makes it in a call of its own, so that it is on record
 * before anything is paid for: it answers `prepared`, with what the next create call is to be given.
 */
export type CreateReply = CallFacts &
  (
    | { readonly kind: 'created'; readonly snapshot: Snapshot }
    | { readonly kind: 'prepared'; readonly request: JsonObject; readonly inputDelivered: boolean }
  );

export interface FindArguments extends Target {
  /** The tag of the create or submit whose reply was lost. */
  readonly tag: RunTag;
  /** What a lost submit was for. */
  readonly submittedTo?: ProviderRef;
  readonly request: JsonObject;
}

export type FindReply = CallFacts &
  (
    | { readonly kind: 'found'; readonly snapshot: Snapshot }
    /** `not_sent`: to send the call again costs nothing. `not_searchable`: only a webhook could tell. */
    | { readonly kind: 'not_found' | 'not_sent' | 'not_searchable' }
  );

export interface RefArguments extends Target {
  readonly ref: ProviderRef;
}

export interface SubmitArguments extends AskedFor {
  readonly ref: ProviderRef;
  readonly outputs: readonly ToolOutput[];
}

export interface SnapshotReply extends CallFacts {
  readonly snapshot: Snapshot;
}

/** Activities that call a provider. */
export interface ProviderActivities {
  createRun(given: CreateArguments): Promise<CreateReply>;
  findRun(given: FindArguments): Promise<FindReply>;
  retrieveRun(given: RefArguments): Promise<SnapshotReply>;
  submitToolOutputs(given: SubmitArguments): Promise<SnapshotReply>;
  cancelRun(given: RefArguments): Promise<SnapshotReply>;
}

/** How a tool wants to be executed. */
export interface ToolSettings {
  /** One try of the tool. */
  readonly timeoutMs: number;
  readonly retry: {
    readonly maximumAttempts: number;
    readonly initialMs: number;
    readonly factor: number;
    readonly maximumMs: number;
  };
  /** Whether a finished call's output answers the same call after a restart. */
  readonly reuseAfterRestart: boolean;
}

/** Runs beside the workflow, as a local activity: it only reads the worker's registry. */
export interface RegistryActivities {
  /** The settings of each named tool; null for one that the worker does not have. */
  describeTools(names: readonly string[]): Promise<Record<string, ToolSettings | null>>;
}

export interface ToolArguments {
  readonly callId: string;
  /** The same for every try of one call, and for its repetition after a restart. */
  readonly idempotencyKey: string;
  /** JSON as the model wrote it. */
  readonly arguments: string;
}

/** What one execution of a tool came to. A text that the model can act on counts as an output, whatever it says. */
export interface ToolReply {
  readonly output: string;
  /** False when the arguments were refused: the tool did not act. */
  readonly executed: boolean;
}

/**
 * Tools are executed as activities of this one signature, on a task queue of their own, with the tool's name as the activity type:
 * so each shows under its name in the Web UI, and no name that a model makes up can reach another activity.
 */
export type ToolActivity = (given: ToolArguments) => Promise<ToolReply>;
