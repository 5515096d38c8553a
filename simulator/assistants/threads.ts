import type { FastifyInstance } from 'fastify';
import type { Context } from '../http/context.ts';
import { readBody } from '../http/validation.ts';
import { readScript } from '../script/read.ts';
import { toNewMessage } from './content.ts';
import type { Deleted, ThreadObject } from './objects.ts';
import { threadBody, threadUpdateBody } from './schemas.ts';
import type { ThreadBody } from './schemas.ts';
import { toToolResources } from './toolResources.ts';

interface Path {
  Params: { threadId: string };
}

export function registerThreads(app: FastifyInstance, context: Context): void {
  const { store } = context;

  app.post('/threads', { config: { endpoint: 'threads.create' } }, async (request): Promise<ThreadObject> => {
    const thread = createThread(context, readBody(threadBody, request.body));
    request.subject = { ...request.subject, threadId: thread.id };
    return thread;
  });

  app.get<Path>('/threads/:threadId', { config: { endpoint: 'threads.retrieve' } }, async (request) =>
    store.thread(request.params.threadId),
  );

  app.post<Path>('/threads/:threadId', { config: { endpoint: 'threads.update' } }, async (request) => {
    const old = store.thread(request.params.threadId);
    const body = readBody(threadUpdateBody, request.body);
    readScript(body.metadata ?? null);
    return store.updateThread(old.id, {
      metadata: body.metadata === undefined ? old.metadata : (body.metadata ?? {}),
      tool_resources: body.tool_resources === undefined ? old.tool_resources : body.tool_resources,
    });
  });

  app.delete<Path>(
    '/threads/:threadId',
    { config: { endpoint: 'threads.delete' } },
    async (request): Promise<Deleted> => {
      store.deleteThread(request.params.threadId);
      return { id: request.params.threadId, object: 'thread.deleted', deleted: true };
    },
  );
}

/** Creates a thread with its first messages. */
export function createThread({ store, nextId }: Context, body: ThreadBody): ThreadObject {
  readScript(body.metadata ?? null);
  const thread = store.addThread(body.metadata ?? {}, toToolResources(body.tool_resources, nextId));
  for (const message of body.messages ?? []) store.addMessage(thread.id, toNewMessage(message));
  return thread;
}
