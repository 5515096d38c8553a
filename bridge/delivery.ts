import type { Client } from '@temporalio/client';
import type { RunsClient } from '../client/index.ts';
import type { Provider } from '../providers/provider.ts';

/** What became of a verified webhook. */
export type Delivery =
  /** Temporal has accepted the signal. */
  | { readonly kind: 'delivered'; readonly workflowId: string; readonly withSnapshot: boolean }
  /** There is nobody to tell, and there never will be: redelivering it would not help. */
  | {
      readonly kind: 'ignored';
      readonly reason: 'not_a_run' | 'not_ours' | 'closed' | 'unknown_object';
      readonly workflowId?: string;
    }
  /** Not now: the sender is to try again. `missing` is who did not answer, or what was not there. */
  | {
      readonly kind: 'unavailable';
      readonly missing: 'temporal' | 'provider' | 'object';
      readonly reason: string;
    };

export interface Delivering {
  readonly client: Client;
  readonly runs: RunsClient;
  readonly account: string;
  /** The account's providers. */
  readonly providers: readonly Provider[];
  /** For reading from the provider what the webhook leaves out; what takes longer is left to the workflow. */
  readonly readTimeoutMs: number;
  /** For each call to Temporal. OpenAI wants its answer within a few seconds. */
  readonly temporalTimeoutMs: number;
}

/** A webhook whose signature has been verified. */
export interface VerifiedEvent {
  readonly webhookId: string;
  readonly eventType: string;
  /** The `webhook-timestamp`, as Unix time in ms. */
  readonly sentAtMs: number;
  readonly event: unknown;
}
