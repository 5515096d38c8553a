import type { HttpFault } from '../../../simulator/index.ts';

export interface FaultCase {
  readonly label: string;
  readonly fault: HttpFault;
  /** The caller gives up as soon as the fault has its request. */
  readonly isGivenUp: boolean;
}

type Faults = { readonly [Kind in HttpFault['kind']]: readonly Extract<HttpFault, { kind: Kind }>[] };

const lateMs = 15;

/**
 * Every fault of a request that the simulator can do. Only refusals after the work are missing (a 4xx, and `server_is_overloaded`): no client
 * can tell them from honest ones.
 */
const faults: Faults = {
  status: [
    ...[400, 401, 403, 404, 408, 409, 422, 429, 500, 502, 503, 504, 529].map((status) => ({ status })),
    ...['rate_limit_exceeded', 'slow_down', 'insufficient_quota'].map((code) => ({ status: 429, code })),
    { status: 503, code: 'server_is_overloaded' },
    { status: 429, retryAfter: { seconds: 7 } },
    { status: 400, shouldRetry: true },
    { status: 500, shouldRetry: false },
    ...[408, 500, 502, 503, 504, 529].map((status) => ({ status, code: null, when: 'after' as const })),
  ].map((given) => ({ kind: 'status', ...given })),
  html: [
    ...[200, 403, 404, 502, 503].map((status) => ({ kind: 'html' as const, status })),
    ...[200, 502, 503].map((status) => ({ kind: 'html' as const, status, when: 'after' as const })),
  ],
  drop_reply: [{ kind: 'drop_reply' }],
  reset: [
    { kind: 'reset', when: 'before' },
    { kind: 'reset', when: 'after' },
  ],
  refuse: [{ kind: 'refuse', ms: 0 }],
  truncate: [
    { kind: 'truncate', cut: false },
    { kind: 'truncate', cut: true },
  ],
  delay: [
    { kind: 'delay', ms: lateMs, when: 'before' },
    { kind: 'delay', ms: lateMs, when: 'after' },
  ],
  cut_stream: [{ kind: 'cut_stream' }],
  unknown_status: [{ kind: 'unknown_status' }],
  stuck: [{ kind: 'stuck' }],
  after_webhook: [{ kind: 'after_webhook', withinMs: lateMs }],
};

export const faultCases: readonly FaultCase[] = Object.values(faults)
  .flat()
  .flatMap((fault: HttpFault) => {
    const patient = { label: labelOf(fault), fault, isGivenUp: false };
    if (fault.kind !== 'delay') return [patient];
    return [patient, { label: `${patient.label}, and the caller gives up`, fault, isGivenUp: true }];
  });

function labelOf({ kind, ...rest }: HttpFault): string {
  const details = Object.entries(rest).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  return [kind, ...details].join(' ');
}
