import type { FastifyInstance } from 'fastify';
import type { Context } from '../http/context.ts';
import { page } from '../http/paging.ts';
import { readBody, readQuery } from '../http/validation.ts';
import { readResponseScript } from '../script/read.ts';
import { toItems } from './items.ts';
import { includeInItem } from './render.ts';
import { conversationBody, conversationUpdateBody, includeOf, itemsBody, itemsQuery } from './schemas.ts';

interface Path {
  Params: { conversationId: string };
}
interface ItemPath {
  Params: Path['Params'] & { itemId: string };
}

export function registerConversations(app: FastifyInstance, { conversations, nextId }: Context): void {
  app.post('/conversations', { config: { endpoint: 'conversations.create' } }, async (request) => {
    const body = readBody(conversationBody, request.body);
    readResponseScript(body.metadata ?? null);
    const conversation = conversations.create(body.metadata ?? {}, toItems(body.items ?? [], nextId));
    request.subject = { ...request.subject, threadId: conversation.id };
    return conversation;
  });

  app.get<Path>(
    '/conversations/:conversationId',
    { config: { endpoint: 'conversations.retrieve' } },
    async (request) => conversations.render(request.params.conversationId),
  );

  app.post<Path>(
    '/conversations/:conversationId',
    { config: { endpoint: 'conversations.update' } },
    async (request) => {
      const body = readBody(conversationUpdateBody, request.body);
      readResponseScript(body.metadata);
      return conversations.update(request.params.conversationId, body.metadata ?? {});
    },
  );

  app.delete<Path>(
    '/conversations/:conversationId',
    { config: { endpoint: 'conversations.delete' } },
    async (request) => {
      conversations.delete(request.params.conversationId);
      return { id: request.params.conversationId, object: 'conversation.deleted', deleted: true };
    },
  );

  app.get<Path>(
    '/conversations/:conversationId/items',
    { config: { endpoint: 'conversations.items.list' } },
    async (request) => {
      const { limit, order, after, ...query } = readQuery(itemsQuery, request.query);
      const items = conversations.items(request.params.conversationId);
      return page(
        items.map((item) => includeInItem(item, includeOf(query))),
        { limit, order, after, before: undefined },
      );
    },
  );

  app.post<Path>(
    '/conversations/:conversationId/items',
    { config: { endpoint: 'conversations.items.create' } },
    async (request) => {
      const { conversationId } = request.params;
      conversations.checkUnlocked(conversationId);
      const items = toItems(readBody(itemsBody, request.body).items, nextId);
      conversations.append(conversationId, items);
      return page(items, { limit: items.length, order: 'asc', after: undefined, before: undefined });
    },
  );

  app.get<ItemPath>(
    '/conversations/:conversationId/items/:itemId',
    { config: { endpoint: 'conversations.items.retrieve' } },
    async (request) => conversations.item(request.params.conversationId, request.params.itemId),
  );

  app.delete<ItemPath>(
    '/conversations/:conversationId/items/:itemId',
    { config: { endpoint: 'conversations.items.delete' } },
    async (request) => conversations.deleteItem(request.params.conversationId, request.params.itemId),
  );
}
