import type { CallKind } from '../core/calls.ts';
import type { JsonObject } from '../core/json.ts';
import type { ProviderRef, Snapshot, ToolOutput } from '../core/snapshot.ts';
import type { RunTag } from '../core/tag.ts';

/** A function tool as it is offered to a model. */
export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  /** JSON schema of the arguments. */
  readonly parameters: JsonObject;
}

/** What one provider call is given besides its subject. */
export interface CallContext {
  /** Ends the call: its time is up, or nobody wants the answer any more. */
  readonly signal: AbortSignal;
  /** Told of each HTTP request before it is sent. */
  count(kind: CallKind): void;
}

/** What the user asked for. A submit gets it too, for an API may want it again. */
export interface Asked {
  /** The user's own fields for the create call, or what a preparation made of them: untrusted, checked by the provider. */
  readonly request: JsonObject;
  readonly tools: readonly ToolDefinition[];
}

export interface CreateRequest extends Asked {
  readonly tag: RunTag;
  /** The user's message. */
  readonly input: string;
  /** True when a preparation or an earlier attempt has brought the message to the provider, where it may have stayed. */
  readonly inputDelivered: boolean;
}

export interface SubmitRequest extends Asked {
  /** What the outputs go on with is tagged so, where the API makes something new of it. */
  readonly tag: RunTag;
  readonly ref: ProviderRef;
  readonly outputs: readonly ToolOutput[];
}

export interface FindRequest {
  /** The tag that the lost call was sent with. */
  readonly tag: RunTag;
  /** The ref that a lost submit was for; absent for a lost create. */
  readonly submittedTo?: ProviderRef;
  readonly request: JsonObject;
}

export type Created =
  | { readonly kind: 'created'; readonly snapshot: Snapshot }
  /** Something that the run needs exists now, and nothing is paid for yet: to be called again with this request. */
  | { readonly kind: 'prepared'; readonly request: JsonObject; readonly inputDelivered: boolean };

export type Found =
  | { readonly kind: 'found'; readonly snapshot: Snapshot }
  /** The provider has nothing that carries the tag. */
  | { readonly kind: 'not_found' }
  /** The lost call has certainly done nothing, or nothing that would cost anything if it were sent again. */
  | { readonly kind: 'not_sent' }
  /** The API cannot be asked, or does not show what is new at once: a webhook may tell. */
  | { readonly kind: 'not_searchable' };

/** A webhook event that concerns an attempt. */
export interface WebhookNews {
  readonly ref: ProviderRef;
  /** Absent when the payload does not say whose it is: then the snapshot does. */
  readonly tag?: RunTag;
  /** What the provider says now; makes calls only for what the payload leaves out. */
  readSnapshot(context: CallContext): Promise<Snapshot>;
}

/**
 * One OpenAI API, spoken for one account. Methods throw what the SDK throws, or a ProblemError where the provider knows better;
 * `describeProblem` makes sense of both. An error's `effect` says whether the call may have done its work all the same: by it the
 * workflow decides whether a create or a submit may be sent again. It is the whole method's: once one of several requests was accepted, a
 * later one that fails must not make it `none`.
 *
 * Where the API accepts without saying more, the snapshot is what has been accepted: the ref, and `queued`, `in_progress` or `cancelling`.
 */
export interface Provider {
  create(given: CreateRequest, context: CallContext): Promise<Created>;
  /** A ref that the API does not know any more gives the snapshot `lost`. */
  retrieve(ref: ProviderRef, context: CallContext): Promise<Snapshot>;
  /**
   * Submits the outputs of a round, all of them. The snapshot has another ref than the one given where the API goes on by making
   * something new. Never sent again by itself when its reply was lost: `find` is asked first.
   */
  submitToolOutputs(given: SubmitRequest, context: CallContext): Promise<Snapshot>;
  /** Cancelling what has already ended gives the snapshot of its end; what only waits for outputs is `cancelled` then. */
  cancel(ref: ProviderRef, context: CallContext): Promise<Snapshot>;
  /** Looks for what a create or a submit has done whose reply was lost. */
  find(given: FindRequest, context: CallContext): Promise<Found>;
  /** Reads a verified webhook event; undefined when it is not about this provider's runs, or is known not to be about ours. */
  readWebhook(event: unknown): WebhookNews | undefined;
}
