import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { realNowMs } from '../clock.ts';
import { cut, disconnect } from '../faults/disconnect.ts';
import { faultAfterWork, faultBeforeWork } from '../faults/http.ts';
import type { Effect } from '../faults/http.ts';
import { noteSubmission } from '../report/submissions.ts';
import { checkModel } from './auth.ts';
import { endpointOf } from './context.ts';
import type { Context } from './context.ts';
import { demandOf } from './demand.ts';
import { DEFAULT_ORGANIZATION } from './keys.ts';
import { pollAfterMs } from './pollAfter.ts';
import { recordRequest } from './record.ts';
import { subjectOf } from './subject.ts';

/** What happens around every API request: headers, limits, faults, and its line in the log. */
export function installHooks(api: FastifyInstance, context: Context): void {
  api.addHook('onRequest', async (request, reply) => {
    void reply.headers({
      'x-request-id': request.id,
      'openai-version': '2020-10-01',
      'openai-organization': DEFAULT_ORGANIZATION,
    });
    // From the path alone: requests that are refused before their body is read are attributed too.
    request.subject = subjectOf(context, request);
  });

  // After the body is parsed (limits count it, rules match its metadata), before the work.
  api.addHook('preHandler', async (request, reply) => {
    request.subject = subjectOf(context, request);
    checkLimits(context, request, reply);
    request.fault = context.faults.takeHttp(endpointOf(request), request.subject) ?? null;
    const effect: Effect =
      request.fault === null ? { kind: 'proceed' } : await faultBeforeWork(request.fault, context.clock);
    switch (effect.kind) {
      case 'proceed':
        request.reachedWork = true;
        return;
      case 'answer':
        return reply.code(effect.status).headers(effect.headers).send(effect.body);
      case 'disconnect':
        recordRequest(context, request, { status: null, outcome: effect.outcome });
        disconnect(request, reply, effect.how);
        return reply;
      case 'refuse':
        recordRequest(context, request, { status: null, outcome: 'reset' });
        disconnect(request, reply, 'reset');
        context.listener.refuse(effect.ms);
        return reply;
      case 'cut':
        return;
    }
  });

  api.addHook('onSend', async (request, reply, payload) => {
    void reply.header('openai-processing-ms', Math.round(realNowMs() - request.arrivedAtMs));
    if (request.reachedWork) noteSubmission(context, request, reply.statusCode);
    const pollMs = pollAfterMs(context, request);
    if (pollMs !== null) void reply.header('openai-poll-after-ms', pollMs);
    return finish(context, request, reply, payload);
  });
}

/** @throws ApiError 403 for a model that the key's project may not use, 429 when the key asks for too much. */
function checkLimits({ limits, clock }: Context, request: FastifyRequest, reply: FastifyReply): void {
  const { apiKey } = request;
  // A route that does not exist wants no key.
  if (apiKey === null) return;
  if (apiKey.organization !== undefined) void reply.header('openai-organization', apiKey.organization);
  if (apiKey.project !== undefined) void reply.header('openai-project', apiKey.project);
  checkModel(request, apiKey);
  const { headers, refusal } = limits.take(apiKey, demandOf(request), clock.now());
  void reply.headers(headers);
  if (refusal !== null) throw refusal;
}

/** Applies the fault to the reply and writes the log: always before the client can know the answer. */
async function finish(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
): Promise<unknown> {
  const body = typeof payload === 'string' ? payload : '';
  const effect: Effect =
    request.fault === null || !request.reachedWork
      ? { kind: 'proceed' }
      : await faultAfterWork(request.fault, context, request.subject, { status: reply.statusCode, body });
  switch (effect.kind) {
    case 'proceed': {
      const outcome = request.raw.socket.destroyed ? 'client_gone' : 'answered';
      recordRequest(context, request, { status: reply.statusCode, outcome });
      return payload;
    }
    case 'answer':
      void reply.code(effect.status).headers(effect.headers);
      recordRequest(context, request, { status: effect.status, outcome: 'answered' });
      return effect.body;
    case 'cut':
      recordRequest(context, request, { status: reply.statusCode, outcome: 'dropped' });
      cut(request, reply, body);
      // The reply is out of Fastify's hands: it must not go on to send it.
      return new Promise(() => {});
    case 'disconnect':
      recordRequest(context, request, { status: null, outcome: effect.outcome });
      disconnect(request, reply, effect.how);
      return payload;
    case 'refuse':
      return payload;
  }
}
