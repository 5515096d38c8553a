import type { Clock } from '../clock.ts';
import type { FaultRules } from '../faults/rules.ts';
import type { IdFactory } from '../ids.ts';
import type { Log, Subject } from '../log.ts';
import type { ResolvedOptions } from '../options.ts';
import type { RunEngine } from '../runs/engine.ts';
import type { HttpFault } from '../faults/table.ts';
import type { Store } from '../store.ts';
import type { EndpointName } from './endpoints.ts';
import type { WebhookSender } from '../webhooks/sender.ts';

/** Everything a handler may need: the parts of one running simulator. */
export interface Context {
  readonly options: ResolvedOptions;
  readonly clock: Clock;
  readonly nextId: IdFactory;
  readonly log: Log;
  readonly store: Store;
  readonly engine: RunEngine;
  readonly faults: FaultRules;
  readonly webhooks: WebhookSender;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The endpoint's name in the log and in fault rules: `runs.create`. */
    endpoint?: EndpointName;
  }
  interface FastifyRequest {
    /** Real milliseconds since the epoch. */
    arrivedAtMs: number;
    /** What the request is about, as far as it is known yet. */
    subject: Subject;
    /** The fault that a rule chose for this request. */
    fault: HttpFault | null;
  }
}

/** The name of the endpoint a request is for. */
export function endpointOf(request: {
  routeOptions: { config: { endpoint?: EndpointName } };
}): EndpointName | 'unknown' {
  return request.routeOptions.config.endpoint ?? 'unknown';
}
