import type { JsonValue } from './json.ts';
import type { RunTag } from './tag.ts';
import type { Usage } from './usage.ts';

/**
 * Names what the provider has made for an attempt. Opaque to everything but the provider that made it. A provider that goes on with
 * tool outputs by making something new gives an attempt one ref after another.
 */
export interface ProviderRef {
  readonly id: string;
  /** What the id lives in, for providers whose paths need it: the thread of a run. */
  readonly containerId?: string;
  /** What the provider wants to be told again with every read: a response's `include`, separated by commas. */
  readonly readWith?: string;
}

/** Two refs are the same when their ids are: the rest may be known to one of them only. */
export function isSameRef(a: ProviderRef, b: ProviderRef): boolean {
  return a.id === b.id;
}

export interface ToolCall {
  /** Unique within an attempt, and opaque to everything but the provider. */
  readonly callId: string;
  readonly name: string;
  /** The arguments exactly as the model wrote them: JSON if all is well. */
  readonly arguments: string;
  /** Set when the arguments were longer than Temporal carries, and have been left out: so many bytes. */
  readonly omittedBytes?: number;
}

export interface ToolOutput {
  readonly callId: string;
  readonly output: string;
  /** True when the call came to nothing, and the output says why. */
  readonly failed: boolean;
}

/** What a run has to say when it is done. */
export interface RunOutput {
  readonly text: string;
  /** True when the request asked for JSON: the text is to be parsed. */
  readonly isJson?: true;
  /** Why the model would not answer, in its own words. */
  readonly refusal?: string;
  /** The provider's own output items, as it sent them; only where the request asked for more than text. */
  readonly items?: readonly JsonValue[];
  /** Set when the output was longer than Temporal carries: the items are left out then, or if need be the text; the provider has both. */
  readonly omittedBytes?: number;
}

export interface ProviderError {
  readonly code: string;
  readonly message: string;
}

/** What every snapshot may carry, whatever its status. Providers leave out what they do not know. */
interface SnapshotFacts {
  readonly ref: ProviderRef;
  readonly tag?: RunTag;
  readonly model?: string;
  /** Unix time in ms after which the provider no longer finishes this attempt. */
  readonly expiresAtMs?: number;
  /** Unix time in ms at which the provider says it ended; OpenAI counts whole seconds. */
  readonly endedAtMs?: number;
  readonly usage?: Usage;
}

/** What the provider says of an attempt at a moment, in this project's words. */
export type Snapshot = SnapshotFacts &
  (
    | { readonly status: 'queued' }
    | { readonly status: 'in_progress' }
    | { readonly status: 'requires_action'; readonly toolCalls: readonly ToolCall[] }
    | { readonly status: 'cancelling' }
    | { readonly status: 'completed'; readonly output: RunOutput }
    | { readonly status: 'failed'; readonly error: ProviderError }
    | { readonly status: 'incomplete'; readonly reason: string; readonly output?: RunOutput }
    | { readonly status: 'cancelled' }
    | { readonly status: 'expired' }
    /** The provider no longer knows the attempt (404 on an id that it gave us). */
    | { readonly status: 'lost'; readonly message: string }
    /** A status this version has never heard of: waited out, never spun on. */
    | { readonly status: 'unknown'; readonly reported: string }
  );

export type SnapshotStatus = Snapshot['status'];

/** A snapshot after which the provider does nothing more for the attempt. */
export type TerminalSnapshot = Extract<
  Snapshot,
  { status: 'completed' | 'failed' | 'incomplete' | 'cancelled' | 'expired' | 'lost' }
>;

export function isTerminal(snapshot: Snapshot): snapshot is TerminalSnapshot {
  switch (snapshot.status) {
    case 'completed':
    case 'failed':
    case 'incomplete':
    case 'cancelled':
    case 'expired':
    case 'lost':
      return true;
    case 'queued':
    case 'in_progress':
    case 'requires_action':
    case 'cancelling':
    case 'unknown':
      return false;
  }
}
