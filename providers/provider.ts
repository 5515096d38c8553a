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

export interface CreateRequest {
  readonly tag: RunTag;
  /** The user's message; absent when it has been delivered. */
  readonly input?: string;
  /** The user's own fields for the create call: untrusted, checked by the provider. */
  readonly request: JsonObject;
  readonly tools: readonly ToolDefinition[];
}

export type Created =
  | { readonly kind: 'created'; readonly snapshot: Snapshot }
  /** Something that the run needs exists now, and nothing is paid for yet: to be called again with this request. */
  | { readonly kind: 'prepared'; readonly request: JsonObject; readonly inputDelivered: boolean };

export type Found =
  | { readonly kind: 'found'; readonly snapshot: Snapshot }
  | { readonly kind: 'not_found' }
  /** What the run needs has not been made yet, so no create can have been sent. */
  | { readonly kind: 'never_created' };

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
 * `describeProblem` makes sense of both.
 */
export interface Provider {
  create(request: CreateRequest, context: CallContext): Promise<Created>;
  /** A ref that the API does not know any more gives the snapshot `lost`. */
  retrieve(ref: ProviderRef, context: CallContext): Promise<Snapshot>;
  /** Submitting the outputs of a round a second time must be harmless. */
  submitToolOutputs(
    ref: ProviderRef,
    outputs: readonly ToolOutput[],
    context: CallContext,
  ): Promise<Snapshot>;
  /** Cancelling an attempt that has already ended gives the snapshot of its end. */
  cancel(ref: ProviderRef, context: CallContext): Promise<Snapshot>;
  /** Looks for the attempt that carries this tag. Absent where the API cannot list. */
  findByTag?(tag: RunTag, request: JsonObject, context: CallContext): Promise<Found>;
  /** Reads a verified webhook event; undefined when it is not about this provider's runs, or is known not to be about ours. */
  readWebhook(event: unknown): WebhookNews | undefined;
}
