import type { FastifyInstance } from 'fastify';
import type OpenAI from 'openai';
import { badRequest } from '../errors.ts';
import type { Context } from '../http/context.ts';
import { page, pageQuery } from '../http/paging.ts';
import { readBody, readQuery } from '../http/validation.ts';
import { EVENT_TYPES } from './catalogue.ts';
import { renderEndpoint, renderWithSecret } from './render.ts';
import type { WebhookEndpointObject, WebhookEndpointWithSecret } from './render.ts';
import { endpointBodies, rotateBody, testBody } from './schemas.ts';

interface Path {
  Params: { endpointId: string };
}

const listQuery = pageQuery.pick({ limit: true, after: true });

/** Managing webhook endpoints by the API, as a project does with its own. */
export function registerWebhooksApi(app: FastifyInstance, { endpoints, webhooks, options }: Context): void {
  const bodies = endpointBodies(options.httpWebhooks);

  app.post(
    '/webhook_endpoints',
    { config: { endpoint: 'webhookEndpoints.create' } },
    async (request): Promise<WebhookEndpointWithSecret> => {
      const { name, url, event_types: eventTypes } = readBody(bodies.create, request.body);
      return renderWithSecret(endpoints.add({ name, url, eventTypes: [...new Set(eventTypes)] }));
    },
  );

  app.get('/webhook_endpoints', { config: { endpoint: 'webhookEndpoints.list' } }, async (request) => {
    const query = readQuery(listQuery, request.query);
    return page(endpoints.list().map(renderEndpoint), { order: 'desc', before: undefined, ...query });
  });

  app.get<Path>(
    '/webhook_endpoints/:endpointId',
    { config: { endpoint: 'webhookEndpoints.retrieve' } },
    async (request): Promise<WebhookEndpointObject> =>
      renderEndpoint(endpoints.get(request.params.endpointId)),
  );

  app.post<Path>(
    '/webhook_endpoints/:endpointId',
    { config: { endpoint: 'webhookEndpoints.update' } },
    async (request): Promise<WebhookEndpointObject> => {
      const { id } = endpoints.get(request.params.endpointId);
      const { event_types: eventTypes, ...rest } = readBody(bodies.update, request.body);
      const changes = { ...rest, eventTypes: eventTypes && [...new Set(eventTypes)] };
      return renderEndpoint(endpoints.update(id, changes));
    },
  );

  app.delete<Path>(
    '/webhook_endpoints/:endpointId',
    { config: { endpoint: 'webhookEndpoints.delete' } },
    async (request): Promise<OpenAI.Webhooks.DeletedWebhookEndpoint> => {
      const { endpointId: id } = request.params;
      endpoints.remove(id);
      return { id, object: 'webhook_endpoint.deleted', deleted: true };
    },
  );

  app.post<Path>(
    '/webhook_endpoints/:endpointId/rotate_secret',
    { config: { endpoint: 'webhookEndpoints.rotateSecret' } },
    async (request): Promise<WebhookEndpointWithSecret> => {
      const { id } = endpoints.get(request.params.endpointId);
      const { keep_old_secret_active_for_24_hours: keep } = readBody(rotateBody, request.body);
      return renderWithSecret(endpoints.rotate(id, keep));
    },
  );

  app.post<Path>(
    '/webhook_endpoints/:endpointId/test',
    { config: { endpoint: 'webhookEndpoints.test' } },
    async (request): Promise<OpenAI.Webhooks.WebhookEndpointTestResult> => {
      const endpoint = endpoints.get(request.params.endpointId);
      const { event_type: type } = readBody(testBody, request.body);
      const { status, error } = await webhooks.sendSample(endpoint, type);
      // A result has a status, so a receiver that gives none is an error of the request.
      if (status === null) throw badRequest(`The webhook endpoint did not answer the test event: ${error}.`);
      return {
        object: 'webhook_endpoint.test',
        webhook_endpoint_id: endpoint.id,
        event_type: type,
        status_code: status,
        success: true,
      };
    },
  );

  app.get(
    '/webhook_event_types',
    { config: { endpoint: 'webhookEventTypes.list' } },
    async (): Promise<OpenAI.Webhooks.WebhookEventTypeList> => ({ object: 'list', data: [...EVENT_TYPES] }),
  );
}
