import type { WebhookFault } from './table.ts';

/** How one try is made. */
export interface TryPlan {
  delayMs: number;
  /** How many times the event is sent. */
  copies: number;
  /** How long ago it claims to have been signed; negative for the future. */
  ageMs: number;
  /** Signed with a secret that is not the endpoint's. */
  forged: boolean;
  /** It waits until another try overtakes it, at most so long; null when it does not wait. */
  overtakenWithinMs: number | null;
  /** What the receiver is taken to have answered, and whether it got the event at all; null for its own answer. */
  answered: { status: number | null; delivered: boolean } | null;
}

/** A try without any fault. */
export const properTry: TryPlan = {
  delayMs: 0,
  copies: 1,
  ageMs: 0,
  forged: false,
  overtakenWithinMs: null,
  answered: null,
};

/** Far outside the tolerance of five minutes. */
const HOUR_MS = 3_600_000;

/** Applies a fault to a try; `lose` ends the delivery. */
export function planTry(fault: WebhookFault | undefined): TryPlan | 'lose' {
  switch (fault?.kind) {
    case undefined:
      return properTry;
    case 'lose':
      return 'lose';
    case 'double':
      return { ...properTry, copies: fault.times };
    case 'delay':
      return { ...properTry, delayMs: fault.ms };
    case 'out_of_order':
      return { ...properTry, overtakenWithinMs: fault.withinMs };
    case 'bad_signature':
      return { ...properTry, forged: true };
    case 'old_timestamp':
      return { ...properTry, ageMs: HOUR_MS };
    case 'future_timestamp':
      return { ...properTry, ageMs: -HOUR_MS };
    case 'receiver_error':
      return { ...properTry, answered: { status: fault.status, delivered: fault.delivered } };
  }
}
