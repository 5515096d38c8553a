import type { Metadata } from '../assistants/objects.ts';
import type { LifecycleEventType, ResponseObject } from './objects.ts';

/** How long the phases of a response last unless its script says otherwise; simulated milliseconds. */
export interface ResponseDefaults {
  queueMs: number;
  workMs: number;
  cancelMs: number;
  /** A background response that is not stored is gone so long after its end. */
  unstoredRetentionMs: number;
  /** How many responses that have ended are kept. */
  maxObjects: number;
}

/** A status change, and the response as it was at that moment. `from` is null at its creation. */
export interface ResponseChange {
  from: string | null;
  response: ResponseObject;
  metadata: Metadata;
  /** What it belongs to: see `ResponseRecord`. */
  chainId: string;
}

/** The event of a stream that tells a status; there is none for `cancelled`, nor for what nobody knows. */
export function streamedStatus(status: string): LifecycleEventType | undefined {
  switch (status) {
    case 'queued':
    case 'in_progress':
    case 'completed':
    case 'failed':
    case 'incomplete':
      return `response.${status}`;
    default:
      return undefined;
  }
}
