import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { realNowMs } from '../clock.ts';
import { disconnect, faultAfterWork, faultBeforeWork } from '../faults/http.ts';
import type { Effect } from '../faults/http.ts';
import { endpointOf } from './context.ts';
import type { Context } from './context.ts';
import { recordRequest } from './record.ts';
import { subjectOf } from './subject.ts';

/** What happens around every API request: headers, faults, and its line in the log. */
export function installHooks(api: FastifyInstance, context: Context): void {
  api.addHook('onRequest', async (request, reply) => {
    void reply.headers({
      'x-request-id': request.id,
      'openai-version': '2020-10-01',
      'openai-organization': 'org-simulator',
    });
    // From the path alone: requests that are refused before their body is read are attributed too.
    request.subject = subjectOf(context, request);
  });

  // After the body is parsed (rules match its metadata), before the work.
  api.addHook('preHandler', async (request, reply) => {
    request.subject = subjectOf(context, request);
    request.fault = context.faults.takeHttp(endpointOf(request), request.subject) ?? null;
    if (request.fault === null) return;
    const effect = await faultBeforeWork(request.fault, context.clock);
    switch (effect.kind) {
      case 'proceed':
        return;
      case 'answer':
        return reply.code(effect.status).headers(effect.headers).send(effect.body);
      case 'disconnect':
        recordRequest(context, request, { status: null, outcome: effect.outcome });
        disconnect(request, reply, effect.outcome);
        return reply;
    }
  });

  api.addHook('onSend', async (request, reply, payload) => {
    void reply.header('openai-processing-ms', Math.round(realNowMs() - request.arrivedAtMs));
    return finish(context, request, reply, payload);
  });
}

/** Applies the fault to the reply and writes the log: always before the client can know the answer. */
async function finish(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
): Promise<unknown> {
  let effect: Effect = { kind: 'proceed' };
  if (request.fault !== null) {
    const body = typeof payload === 'string' ? payload : '';
    effect = await faultAfterWork(request.fault, context.clock, { status: reply.statusCode, body });
  }
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
    case 'disconnect':
      recordRequest(context, request, { status: null, outcome: effect.outcome });
      disconnect(request, reply, effect.outcome);
      return payload;
  }
}
