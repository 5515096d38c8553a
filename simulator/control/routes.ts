import type { FastifyInstance } from 'fastify';
import { ApiError, unknownUrl } from '../errors.ts';
import type { Context } from '../http/context.ts';
import { readBody } from '../http/validation.ts';
import { renderRun } from '../runs/render.ts';
import { readFilter } from './filter.ts';
import { resetAll } from './reset.ts';
import { webhookBody } from './schemas.ts';

/**
 * The simulator's own API, under `/_simulator`; no key needed, nothing of it is in the log.
 *
 * | Route                | What it does                                                                            |
 * | -------------------- | --------------------------------------------------------------------------------------- |
 * | GET    /health       | `{"status":"ok"}`                                                                       |
 * | GET    /log          | `{entries}` in order; see `filter.ts` for the query                                      |
 * | GET    /counts       | `{total, byEndpoint}` of requests, with the same query                                   |
 * | GET    /runs         | `{runs}`: every run object, oldest first; `threadId`, `metadata.<key>`                   |
 * | GET    /faults       | `{rules}` in force, with how often each matched and was applied                          |
 * | POST   /faults       | adds a rule (or a list of rules)                                                        |
 * | DELETE /faults[/:id] | removes one rule, or all                                                                |
 * | GET    /webhooks     | `{endpoints}`, without secrets                                                          |
 * | POST   /webhooks     | adds an endpoint `{url, secret, eventTypes?}`                                           |
 * | DELETE /webhooks     | removes all endpoints                                                                   |
 * | POST   /reset        | forgets runs, threads, assistants, log, faults, pending deliveries; endpoints stay      |
 */
export function registerControlApi(app: FastifyInstance, context: Context): void {
  const { log, engine, faults, webhooks } = context;

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

  app.get('/webhooks', async () => ({
    endpoints: webhooks.endpoints().map(({ url, eventTypes }) => ({ url, eventTypes: eventTypes ?? null })),
  }));
  app.post('/webhooks', async (request) => {
    const { url, secret, eventTypes } = readBody(webhookBody, request.body);
    webhooks.addEndpoint(eventTypes === undefined ? { url, secret } : { url, secret, eventTypes });
    return { url, eventTypes: eventTypes ?? null };
  });
  app.delete('/webhooks', async () => {
    webhooks.removeEndpoints();
    return { removed: true };
  });

  app.post('/reset', async () => {
    resetAll(context);
    return { status: 'ok' };
  });
}
