import type { FastifyInstance, FastifyRequest } from 'fastify';
import { badRequest } from '../errors.ts';
import type { Context } from '../http/context.ts';
import { page, pageQuery } from '../http/paging.ts';
import { readBody, readQuery } from '../http/validation.ts';
import type { RunRecord } from '../runs/record.ts';
import { renderRun, renderRunForRead } from '../runs/render.ts';
import { readScript } from '../runs/script.ts';
import { toNewMessage } from './content.ts';
import { createRun } from './createRun.ts';
import type { RunObject } from './objects.ts';
import { metadataBody, runBody, submitBody, threadRunBody } from './schemas.ts';
import { createThread } from './threads.ts';

interface ThreadPath {
  Params: { threadId: string };
}
interface Path {
  Params: { threadId: string; runId: string };
}

export function registerRuns(app: FastifyInstance, context: Context): void {
  const { store, engine } = context;
  const findRun = ({ threadId, runId }: Path['Params']): RunRecord => {
    store.thread(threadId);
    return engine.run(threadId, runId);
  };

  app.post<ThreadPath>(
    '/threads/:threadId/runs',
    { config: { endpoint: 'runs.create' } },
    async (request) => {
      const { threadId } = request.params;
      store.thread(threadId);
      const { additional_messages: messages, ...body } = readBody(runBody, request.body);
      refuseStreaming(body);
      const run = createRun(context, threadId, body, (messages ?? []).map(toNewMessage));
      return noteRun(request, run);
    },
  );

  app.post('/threads/runs', { config: { endpoint: 'threads.createAndRun' } }, async (request) => {
    const {
      thread: threadFields,
      tool_resources: toolResources,
      ...body
    } = readBody(threadRunBody, request.body);
    refuseStreaming(body);
    store.assistant(body.assistant_id);
    readScript(body.metadata ?? null);
    const thread = createThread(store, {
      ...threadFields,
      tool_resources: threadFields?.tool_resources ?? toolResources,
    });
    return noteRun(request, createRun(context, thread.id, body, []));
  });

  app.get<ThreadPath>('/threads/:threadId/runs', { config: { endpoint: 'runs.list' } }, async (request) => {
    store.thread(request.params.threadId);
    const listed = page(engine.runsOf(request.params.threadId), readQuery(pageQuery, request.query));
    return { ...listed, data: listed.data.map(renderRunForRead) };
  });

  app.get<Path>(
    '/threads/:threadId/runs/:runId',
    { config: { endpoint: 'runs.retrieve' } },
    async (request) => renderRunForRead(findRun(request.params)),
  );

  app.post<Path>(
    '/threads/:threadId/runs/:runId',
    { config: { endpoint: 'runs.update' } },
    async (request) => {
      const run = findRun(request.params);
      const body = readBody(metadataBody, request.body);
      if (body.metadata !== undefined) engine.updateMetadata(run, body.metadata ?? {});
      return noteRun(request, run);
    },
  );

  app.post<Path>(
    '/threads/:threadId/runs/:runId/cancel',
    { config: { endpoint: 'runs.cancel' } },
    async (request) => {
      const run = findRun(request.params);
      engine.cancel(run);
      return renderRun(run);
    },
  );

  app.post<Path>(
    '/threads/:threadId/runs/:runId/submit_tool_outputs',
    { config: { endpoint: 'runs.submitToolOutputs' } },
    async (request) => {
      const run = findRun(request.params);
      const body = readBody(submitBody, request.body);
      refuseStreaming(body);
      engine.submit(run, body.tool_outputs);
      return renderRun(run);
    },
  );
}

/** Makes the request's log entry name the run, and answers with it. */
function noteRun(request: FastifyRequest, run: RunRecord): RunObject {
  request.subject = {
    threadId: run.threadId,
    runId: run.id,
    metadata: { ...request.subject.metadata, ...run.metadata },
  };
  return renderRun(run);
}

function refuseStreaming(body: { stream?: boolean | null | undefined }): void {
  if (!body.stream) return;
  throw badRequest(
    "Unsupported value: 'stream' does not support true with this server. The simulator does not stream runs yet; poll or use webhooks.",
    'stream',
    'unsupported_value',
  );
}
