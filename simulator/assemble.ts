import { SimulatedClock } from './clock.ts';
import { FaultRules } from './faults/rules.ts';
import { Housekeeping } from './housekeeping.ts';
import type { Context } from './http/context.ts';
import { ApiKeys } from './http/keys.ts';
import { RateLimits } from './http/limits.ts';
import { Listener } from './http/listener.ts';
import { makeIds } from './ids.ts';
import { Log } from './log.ts';
import type { ResolvedOptions } from './options.ts';
import { Recent } from './page/recent.ts';
import { responsePublisher, runPublisher } from './publish.ts';
import { Chance } from './random.ts';
import { Ledger } from './report/ledger.ts';
import { tokensOf } from './report/tokens.ts';
import { Conversations } from './responses/conversations.ts';
import { ResponseEngine } from './responses/engine.ts';
import { RunEngine } from './runs/engine.ts';
import { Store } from './store.ts';
import { RunFeed } from './streaming/runFeed.ts';
import { DeliveryLog } from './webhooks/deliveries.ts';
import { EndpointRegistry } from './webhooks/endpoints.ts';
import { WebhookSender } from './webhooks/sender.ts';

/** The report remembers so many times more runs than there are objects: it needs a small part of each. */
const SUMMARIES_PER_OBJECT = 10;

/** Puts the parts together: who may call whom is decided here and nowhere else. */
export function assemble(options: ResolvedOptions): Context {
  const { logger, maxObjects, maxLogEntries } = options;
  const chance = new Chance(options.seed);
  const clock = new SimulatedClock(options.time, options.timeScale);
  const nextId = makeIds(chance);
  const log = new Log(maxLogEntries);
  const recent = new Recent(log);
  const faults = new FaultRules(nextId, log, chance);

  const endpoints = new EndpointRegistry({ clock, nextId, chance });
  for (const endpoint of options.webhooks) endpoints.add(endpoint);
  const deliveries = new DeliveryLog(maxObjects);
  const webhooks = new WebhookSender({
    clock,
    nextId,
    log,
    faults,
    logger,
    endpoints,
    deliveries,
    redeliverAfterMs: options.redeliverAfterMs,
    timeoutMs: options.deliveryTimeoutMs,
  });

  const store = new Store(clock, nextId, maxObjects);
  const feed = new RunFeed();
  const engine = new RunEngine({
    clock,
    nextId,
    store,
    logger,
    defaults: options,
    onChange: runPublisher({ log, webhooks, feed }),
  });
  const conversations = new Conversations(clock, nextId, maxObjects);
  const responses = new ResponseEngine({
    clock,
    nextId,
    conversations,
    logger,
    defaults: options,
    onChange: responsePublisher({ log, webhooks }),
  });

  // After the engines: both look at the objects that the log tells them about.
  const ledger = new Ledger({
    log,
    maxEnded: maxObjects * SUMMARIES_PER_OBJECT,
    tokensOf: (id) => tokensOf(engine, responses, id),
  });
  const housekeeping = new Housekeeping({ log, engine, store, maxObjects });

  return {
    options,
    chance,
    clock,
    nextId,
    log,
    recent,
    faults,
    endpoints,
    deliveries,
    webhooks,
    store,
    feed,
    engine,
    conversations,
    responses,
    ledger,
    housekeeping,
    keys: new ApiKeys(options.apiKeys),
    limits: new RateLimits({
      requestsPerMinute: options.requestsPerMinute,
      tokensPerMinute: options.tokensPerMinute,
    }),
    listener: new Listener(logger),
    switches: { sunset: options.sunset },
  };
}
