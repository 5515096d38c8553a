import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Context } from '../http/context.ts';
import { page, pageQuery } from '../http/paging.ts';
import { readBody, readQuery } from '../http/validation.ts';
import type { RunRecord } from '../runs/record.ts';
import { renderRun, renderRunForRead } from '../runs/render.ts';
import { readScript } from '../script/read.ts';
import { createdEvents, streamRun } from '../streaming/runStream.ts';
import type { RunEvent } from '../streaming/runTeller.ts';
import { toNewMessage } from './content.ts';
import { createRun } from './createRun.ts';
import type { RunObject } from './objects.ts';
import { includeQuery, metadataBody, runBody, submitBody, threadRunBody } from './schemas.ts';
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
    async (request, reply) => {
      const { threadId } = request.params;
      store.thread(threadId);
      readQuery(includeQuery, request.query);
      const { additional_messages: messages, ...body } = readBody(runBody, request.body);
      const run = createRun(context, threadId, body, (messages ?? []).map(toNewMessage));
      const created = noteRun(request, run);
      return body.stream ? streamRun(request, reply, context, run, { first: createdEvents(run) }) : created;
    },
  );

  app.post('/threads/runs', { config: { endpoint: 'threads.createAndRun' } }, async (request, reply) => {
    const {
      thread: threadFields,
      tool_resources: toolResources,
      ...body
    } = readBody(threadRunBody, request.body);
    store.assistant(body.assistant_id);
    readScript(body.metadata ?? null);
    const thread = createThread(context, {
      ...threadFields,
      tool_resources: threadFields?.tool_resources ?? toolResources,
    });
    const run = createRun(context, thread.id, body, []);
    const created = noteRun(request, run);
    if (!body.stream) return created;
    const first: RunEvent[] = [{ event: 'thread.created', data: thread }, ...createdEvents(run)];
    return streamRun(request, reply, context, run, { first });
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
    async (request, reply) => {
      const run = findRun(request.params);
      const body = readBody(submitBody, request.body);
      const act = (): void => engine.submit(run, body.tool_outputs);
      if (body.stream) return streamRun(request, reply, context, run, { act });
      act();
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
