import type { FastifyInstance } from 'fastify';
import type { Context } from '../http/context.ts';
import { page, pageQuery } from '../http/paging.ts';
import { readBody, readQuery } from '../http/validation.ts';
import { readScript } from '../script/read.ts';
import type { AssistantObject, Deleted } from './objects.ts';
import { assistantBody, assistantUpdateBody } from './schemas.ts';
import { toToolResources } from './toolResources.ts';

interface Path {
  Params: { assistantId: string };
}

export function registerAssistants(app: FastifyInstance, { store, nextId }: Context): void {
  app.post(
    '/assistants',
    { config: { endpoint: 'assistants.create' } },
    async (request): Promise<AssistantObject> => {
      const body = readBody(assistantBody, request.body);
      readScript(body.metadata ?? null);
      return store.addAssistant({
        model: body.model,
        name: body.name ?? null,
        description: body.description ?? null,
        instructions: body.instructions ?? null,
        tools: body.tools ?? [],
        tool_resources: toToolResources(body.tool_resources, nextId),
        metadata: body.metadata ?? {},
        temperature: body.temperature ?? 1,
        top_p: body.top_p ?? 1,
        response_format: body.response_format ?? 'auto',
      });
    },
  );

  app.get('/assistants', { config: { endpoint: 'assistants.list' } }, async (request) =>
    page(store.assistants(), readQuery(pageQuery, request.query)),
  );

  app.get<Path>(
    '/assistants/:assistantId',
    { config: { endpoint: 'assistants.retrieve' } },
    async (request) => store.assistant(request.params.assistantId),
  );

  app.post<Path>(
    '/assistants/:assistantId',
    { config: { endpoint: 'assistants.update' } },
    async (request) => {
      const old = store.assistant(request.params.assistantId);
      const body = readBody(assistantUpdateBody, request.body);
      readScript(body.metadata ?? null);
      // What is absent stays; an explicit null empties what can be empty.
      return store.updateAssistant(old.id, {
        model: body.model ?? old.model,
        name: body.name === undefined ? old.name : body.name,
        description: body.description === undefined ? old.description : body.description,
        instructions: body.instructions === undefined ? old.instructions : body.instructions,
        tools: body.tools ?? old.tools,
        tool_resources: body.tool_resources === undefined ? old.tool_resources : body.tool_resources,
        metadata: body.metadata === undefined ? old.metadata : (body.metadata ?? {}),
        temperature: body.temperature ?? old.temperature,
        top_p: body.top_p ?? old.top_p,
        response_format: body.response_format ?? old.response_format,
      });
    },
  );

  app.delete<Path>(
    '/assistants/:assistantId',
    { config: { endpoint: 'assistants.delete' } },
    async (request): Promise<Deleted> => {
      store.deleteAssistant(request.params.assistantId);
      return { id: request.params.assistantId, object: 'assistant.deleted', deleted: true };
    },
  );
}
