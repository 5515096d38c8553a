import type { WebhookFault } from './table.ts';

/** How one try is made. */
export interface TryPlan {
  delayMs: number;
  /** How many times the event is sent. */
  copies: number;
  /** How long ago it claims to have been signed. */
  ageMs: number;
  /** Signed with a secret that is not the endpoint's. */
  forged: boolean;
}

const PROPER: TryPlan = { delayMs: 0, copies: 1, ageMs: 0, forged: false };

/** Applies a fault to a try; `lose` ends the delivery. */
export function planTry(fault: WebhookFault | undefined): TryPlan | 'lose' {
  switch (fault?.kind) {
    case undefined:
      return PROPER;
    case 'lose':
      return 'lose';
    case 'double':
      return { ...PROPER, copies: fault.times };
    case 'delay':
      return { ...PROPER, delayMs: fault.ms };
    case 'bad_signature':
      return { ...PROPER, forged: true };
    case 'old_timestamp':
      return { ...PROPER, ageMs: 3_600_000 };
  }
}
