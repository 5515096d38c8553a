import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { methodNotAllowed } from '../errors.ts';
import type { Context } from '../http/context.ts';
import { page } from '../http/paging.ts';
import { readBody, readQuery } from '../http/validation.ts';
import { whenGone } from '../streaming/sse.ts';
import { registerConversations } from './conversationRoutes.ts';
import { createResponse } from './create.ts';
import { deleteInFlight } from './errors.ts';
import { hasEnded } from './record.ts';
import type { ResponseRecord } from './record.ts';
import { includeInItem, renderResponse } from './render.ts';
import { includeOf, itemsQuery, responseBody, retrieveQuery } from './schemas.ts';
import { resumeStream, streamResponse } from './stream.ts';

interface Path {
  Params: { responseId: string };
}

/** The Responses API and the conversations it can keep its items in. */
export function registerResponsesApi(app: FastifyInstance, context: Context): void {
  const { responses } = context;

  app.post('/responses', { config: { endpoint: 'responses.create' } }, async (request, reply) => {
    const response = createResponse(context, readBody(responseBody, request.body));
    note(request, response);
    if (response.journal) return streamResponse(request, reply, context, response, response.journal);
    if (!response.body.background) await finish(context, reply, response);
    return renderResponse(response);
  });

  // There is no list: what a lost reply created cannot be found again.
  app.get('/responses', async () => {
    throw methodNotAllowed('GET', '/v1/responses');
  });

  app.get<Path>(
    '/responses/:responseId',
    { config: { endpoint: 'responses.retrieve' } },
    async (request, reply) => {
      const query = readQuery(retrieveQuery, request.query);
      const response = responses.response(request.params.responseId);
      if (query.stream) return resumeStream(request, reply, context, response, query);
      return renderResponse(response, includeOf(query));
    },
  );

  app.post<Path>(
    '/responses/:responseId/cancel',
    { config: { endpoint: 'responses.cancel' } },
    async (request) => {
      const response = responses.response(request.params.responseId);
      responses.cancel(response);
      return renderResponse(response);
    },
  );

  app.delete<Path>(
    '/responses/:responseId',
    { config: { endpoint: 'responses.delete' } },
    async (request) => {
      const response = responses.response(request.params.responseId);
      if (!hasEnded(response.state)) throw deleteInFlight();
      responses.forget(response);
      return { id: response.id, object: 'response', deleted: true };
    },
  );

  app.get<Path>(
    '/responses/:responseId/input_items',
    { config: { endpoint: 'responses.inputItems' } },
    async (request) => {
      const { limit, order, after, ...query } = readQuery(itemsQuery, request.query);
      const { history, input } = responses.response(request.params.responseId);
      const items = [...history, ...input].map((item) => includeInItem(item, includeOf(query)));
      return page(items, { limit, order, after, before: undefined });
    },
  );

  registerConversations(app, context);
}

/** Waits for the end of a response in the foreground, which lives no longer than its connection. */
async function finish({ responses }: Context, reply: FastifyReply, response: ResponseRecord): Promise<void> {
  whenGone(reply, () => responses.abandon(response));
  await responses.ended(response);
}

/** Makes the request's log entry name the response. */
function note(request: FastifyRequest, { id, chainId, metadata }: ResponseRecord): void {
  request.subject = { threadId: chainId, runId: id, metadata };
}
