import type { SimulatedClock } from '../clock.ts';
import type { FaultRules } from '../faults/rules.ts';
import type { IdFactory } from '../ids.ts';
import type { Log, Subject } from '../log.ts';
import type { ResolvedOptions } from '../options.ts';
import type { Recent } from '../page/recent.ts';
import type { RunEngine } from '../runs/engine.ts';
import type { HttpFault } from '../faults/table.ts';
import type { Conversations } from '../responses/conversations.ts';
import type { ResponseEngine } from '../responses/engine.ts';
import type { Store } from '../store.ts';
import type { RunFeed } from '../streaming/runFeed.ts';
import type { EndpointName } from './endpoints.ts';
import type { DeliveryLog } from '../webhooks/deliveries.ts';
import type { EndpointRegistry } from '../webhooks/endpoints.ts';
import type { WebhookSender } from '../webhooks/sender.ts';
import type { Chance } from '../random.ts';
import type { Housekeeping } from '../housekeeping.ts';
import type { Ledger } from '../report/ledger.ts';
import type { ApiKey, ApiKeys } from './keys.ts';
import type { RateLimits } from './limits.ts';
import type { Listener } from './listener.ts';
import type { Switches } from './switches.ts';

/** Everything a handler may need: the parts of one running simulator. */
export interface Context {
  readonly options: ResolvedOptions;
  readonly clock: SimulatedClock;
  readonly nextId: IdFactory;
  readonly log: Log;
  readonly store: Store;
  readonly engine: RunEngine;
  readonly feed: RunFeed;
  readonly conversations: Conversations;
  readonly responses: ResponseEngine;
  readonly faults: FaultRules;
  readonly webhooks: WebhookSender;
  readonly endpoints: EndpointRegistry;
  readonly deliveries: DeliveryLog;
  readonly chance: Chance;
  readonly keys: ApiKeys;
  readonly limits: RateLimits;
  readonly listener: Listener;
  readonly ledger: Ledger;
  readonly housekeeping: Housekeeping;
  readonly switches: Switches;
  readonly recent: Recent;
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
    /** The key it came with; null before it was checked, and for routes that want none. */
    apiKey: ApiKey | null;
    /** Whether nothing kept it from its handler. */
    reachedWork: boolean;
  }
}

/** The name of the endpoint a request is for. */
export function endpointOf(request: {
  routeOptions: { config: { endpoint?: EndpointName } };
}): EndpointName | 'unknown' {
  return request.routeOptions.config.endpoint ?? 'unknown';
}
