import type { FastifyInstance } from 'fastify';
import { ApiError, unknownUrl } from '../errors.ts';
import type { Context } from '../http/context.ts';
import { readBody } from '../http/validation.ts';
import { containsAll } from '../log.ts';
import { renderResponse } from '../responses/render.ts';
import { renderRun } from '../runs/render.ts';
import type { EndpointRecord } from '../webhooks/endpoints.ts';
import { registerDeliveries } from './deliveries.ts';
import { readFilter } from './filter.ts';
import { registerReport } from './report.ts';
import { resetAll } from './reset.ts';
import { webhookBody } from './schemas.ts';
import { registerSettings } from './settings.ts';
import { registerTime } from './time.ts';

/**
 * The simulator's own API, under `/_simulator`; no key needed, nothing of it is in the log.
 *
 * | Route                | What it does                                                                            |
 * | -------------------- | --------------------------------------------------------------------------------------- |
 * | GET    /health       | `{"status":"ok"}`                                                                       |
 * | GET    /log          | `{entries}` in order; see `filter.ts` for the query                                      |
 * | GET    /counts       | `{total, byEndpoint}` of requests, with the same query                                   |
 * | GET    /runs         | `{runs}`: every run object, oldest first; `threadId`, `metadata.<key>`                   |
 * | GET    /responses    | `{responses}`: the same for responses; `threadId` is the conversation or the chain's start |
 * | GET    /faults       | `{rules}` in force, with how often each matched and was applied                          |
 * | POST   /faults       | adds a rule (or a list of rules)                                                        |
 * | DELETE /faults[/:id] | removes one rule, or all                                                                |
 * | GET    /webhooks     | `{endpoints}`, without secrets                                                          |
 * | POST   /webhooks     | adds an endpoint `{url, secret, eventTypes?}`                                           |
 * | DELETE /webhooks     | removes all endpoints                                                                   |
 * | GET    /deliveries   | `{deliveries}` with every try; `type`, `runId`, `responseId`, `state`, `metadata.<key>`   |
 * | POST   /deliveries/:webhookId/redeliver | tries once more, now                                                 |
 * | GET    /report       | what callers did: see `report/report.ts`; `by`, `attempt`, `metadata.<key>`              |
 * | GET, POST /time      | how time runs: `{mode, scale?}`                                                         |
 * | POST   /time/advance | moves time on by `{ms}`                                                                 |
 * | GET, POST /sunset    | `{on}`: whether the Assistants endpoints answer 404                                     |
 * | GET, POST /limits    | `{requestsPerMinute?, tokensPerMinute?}` of keys that say nothing themselves            |
 * | GET, POST /keys, DELETE /keys/:key | the keys that are accepted                                                |
 * | POST   /refuse       | refuses connections for `{ms}` (real)                                                   |
 * | POST   /reset        | forgets runs, threads, assistants, log, faults, pending deliveries; endpoints stay      |
 */
export function registerControlApi(app: FastifyInstance, context: Context): void {
  const { log, engine, responses, faults, endpoints } = context;

  app.setNotFoundHandler((request) => {
    throw unknownUrl(request.method, request.url);
  });

  app.get('/health', async () => ({ status: 'ok' }));

  app.get('/log', async (request) => ({ entries: log.entries(readFilter(request.query)) }));

  app.get('/counts', async (request) => {
    const byEndpoint = log.counts(readFilter(request.query));
    return { total: Object.values(byEndpoint).reduce((sum, count) => sum + count, 0), byEndpoint };
  });

  app.get('/runs', async (request) => {
    const { threadId, metadata } = readFilter(request.query);
    const wanted = Object.entries(metadata ?? {});
    const runs = engine
      .runs()
      .filter((run) => threadId === undefined || run.threadId === threadId)
      .filter((run) => wanted.every(([key, value]) => run.metadata[key] === value));
    return { runs: runs.map(renderRun) };
  });

  app.get('/responses', async (request) => {
    const { threadId, metadata } = readFilter(request.query);
    const wanted = responses
      .responses()
      .filter((response) => threadId === undefined || response.chainId === threadId)
      .filter((response) => containsAll(response.metadata, metadata ?? {}));
    return { responses: wanted.map((response) => renderResponse(response)) };
  });

  app.get('/faults', async () => ({ rules: faults.list() }));
  app.post('/faults', async (request) => {
    const rules: unknown[] = Array.isArray(request.body) ? request.body : [request.body];
    return { rules: rules.map((rule) => faults.addUnchecked(rule)) };
  });
  app.delete('/faults', async () => ({ removed: faults.remove() }));
  app.delete<{ Params: { id: string } }>('/faults/:id', async (request) => {
    if (faults.remove(request.params.id)) return { removed: true };
    throw new ApiError(404, {
      message: `No fault rule '${request.params.id}'.`,
      type: 'not_found',
      param: null,
      code: null,
    });
  });

  app.get('/webhooks', async () => ({ endpoints: endpoints.list().map(describe) }));
  app.post('/webhooks', async (request) => {
    const { url, secret, eventTypes } = readBody(webhookBody, request.body);
    return describe(endpoints.add(eventTypes === undefined ? { url, secret } : { url, secret, eventTypes }));
  });
  app.delete('/webhooks', async () => {
    endpoints.clear();
    return { removed: true };
  });

  registerDeliveries(app, context);
  registerReport(app, context);
  registerSettings(app, context);
  registerTime(app, context);

  app.post('/reset', async () => {
    resetAll(context);
    return { status: 'ok' };
  });
}

/** An endpoint without its secret; `eventTypes` is null when they were not chosen. */
function describe({ id, url, eventTypes, chosen }: EndpointRecord): object {
  return { id, url, eventTypes: chosen ? eventTypes : null };
}
