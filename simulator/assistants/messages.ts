import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { badRequest } from '../errors.ts';
import type { Context } from '../http/context.ts';
import { page, pageQuery } from '../http/paging.ts';
import { readBody, readQuery } from '../http/validation.ts';
import { toNewMessage } from './content.ts';
import type { Deleted } from './objects.ts';
import { messageBody, metadataBody } from './schemas.ts';

interface ThreadPath {
  Params: { threadId: string };
}
interface Path {
  Params: { threadId: string; messageId: string };
}

const listQuery = pageQuery.extend({ run_id: z.string().optional() });

export function registerMessages(app: FastifyInstance, { store, engine }: Context): void {
  app.post<ThreadPath>(
    '/threads/:threadId/messages',
    { config: { endpoint: 'messages.create' } },
    async (request) => {
      const { threadId } = request.params;
      store.thread(threadId);
      const body = readBody(messageBody, request.body);
      const active = engine.activeRun(threadId);
      if (active) throw badRequest(`Can't add messages to ${threadId} while a run ${active.id} is active.`);
      return store.addMessage(threadId, toNewMessage(body));
    },
  );

  app.get<ThreadPath>(
    '/threads/:threadId/messages',
    { config: { endpoint: 'messages.list' } },
    async (request) => {
      const messages = store.messages(request.params.threadId);
      const { run_id: runId, ...query } = readQuery(listQuery, request.query);
      return page(
        runId === undefined ? messages : messages.filter((message) => message.run_id === runId),
        query,
      );
    },
  );

  app.get<Path>(
    '/threads/:threadId/messages/:messageId',
    { config: { endpoint: 'messages.retrieve' } },
    async (request) => store.message(request.params.threadId, request.params.messageId),
  );

  app.post<Path>(
    '/threads/:threadId/messages/:messageId',
    { config: { endpoint: 'messages.update' } },
    async (request) => {
      const { threadId, messageId } = request.params;
      const old = store.message(threadId, messageId);
      const body = readBody(metadataBody, request.body);
      return store.updateMessage(threadId, messageId, {
        metadata: body.metadata === undefined ? old.metadata : (body.metadata ?? {}),
      });
    },
  );

  app.delete<Path>(
    '/threads/:threadId/messages/:messageId',
    { config: { endpoint: 'messages.delete' } },
    async (request): Promise<Deleted> => {
      const { threadId, messageId } = request.params;
      store.deleteMessage(threadId, messageId);
      return { id: messageId, object: 'thread.message.deleted', deleted: true };
    },
  );
}
