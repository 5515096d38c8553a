import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Subject } from '../log.ts';
import type { Context } from './context.ts';

const idsInPath = z.object({
  threadId: z.string().optional(),
  runId: z.string().optional(),
  responseId: z.string().optional(),
  conversationId: z.string().optional(),
});
const taggedBody = z.looseObject({ metadata: z.record(z.string(), z.string()) });

/** What a request is about, from its path and body, before it is handled. */
export function subjectOf(context: Context, request: FastifyRequest): Subject {
  const ids = idsInPath.safeParse(request.params).data ?? {};
  const body = taggedBody.safeParse(request.body);
  const response = ids.responseId === undefined ? undefined : context.responses.find(ids.responseId);
  return {
    threadId: ids.threadId ?? ids.conversationId ?? response?.chainId ?? null,
    runId: ids.runId ?? ids.responseId ?? null,
    metadata: {
      ...(ids.conversationId === undefined ? {} : context.conversations.metadata(ids.conversationId)),
      ...response?.metadata,
      ...(ids.threadId === undefined ? {} : context.store.findThread(ids.threadId)?.metadata),
      ...(ids.runId === undefined ? {} : context.engine.findRun(ids.runId)?.metadata),
      ...body.data?.metadata,
    },
  };
}
