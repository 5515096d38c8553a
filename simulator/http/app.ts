import Fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { registerAssistantsApi } from '../assistants/routes.ts';
import { realNowMs } from '../clock.ts';
import { registerControlApi } from '../control/routes.ts';
import { ApiError, bodyTooLarge, serverError, unknownUrl, unsupportedContentType } from '../errors.ts';
import { registerPage } from '../page/routes.ts';
import { registerResponsesApi } from '../responses/routes.ts';
import { registerWebhooksApi } from '../webhooks/routes.ts';
import type { Context } from './context.ts';
import { checkApiKey } from './auth.ts';
import { answerClientError } from './clientError.ts';
import { acceptJson } from './json.ts';
import { installHooks } from './hooks.ts';
import { noSubject } from '../log.ts';

/** Far above what the API takes (256,000 characters of instructions), far below what would hurt. */
const BODY_LIMIT_BYTES = 8 * 1024 * 1024;

/** The HTTP server with all its routes, not yet listening. */
export function createApp(context: Context): FastifyInstance {
  const app = Fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    forceCloseConnections: true,
    clientErrorHandler: answerClientError,
    // The control API takes none: looking on must not change the ids that a seed gives.
    genReqId: ({ url }) => (url?.startsWith('/_simulator') ? 'req_control' : context.nextId('req')),
    routerOptions: { maxParamLength: 512 },
    // A path that cannot be decoded reaches no route and no hook.
    frameworkErrors: (_error, request, reply) => {
      reply.raw.writeHead(404, { 'content-type': 'application/json', 'x-request-id': request.id });
      reply.raw.end(JSON.stringify({ error: unknownUrl(request.method, request.url).body }));
    },
  });

  app.decorateRequest('arrivedAtMs', 0);
  app.decorateRequest('fault', null);
  app.decorateRequest('apiKey', null);
  app.decorateRequest('reachedWork', false);
  // Fastify refuses shared objects as defaults; each request gets its own in the first hook.
  app.decorateRequest('subject');
  app.addHook('onRequest', async (request) => {
    request.arrivedAtMs = realNowMs();
    request.subject = noSubject();
  });

  acceptJson(app);
  app.setErrorHandler((error, request, reply) => {
    const answer = toApiError(error, request.headers['content-type']);
    if (answer.status === 500)
      context.options.logger.error({ err: error, path: request.url }, 'the simulator failed on a request');
    void reply.code(answer.status).send({ error: answer.body });
  });

  void app.register(async (page) => registerPage(page, context));
  void app.register(async (control) => registerControlApi(control, context), { prefix: '/_simulator' });
  void app.register(async (api) => {
    installHooks(api, context);
    api.setNotFoundHandler((request) => {
      throw unknownUrl(request.method, request.url.split('?', 1)[0] ?? '');
    });
    // One scope per API, so that each brings its own preconditions.
    void api.register(
      async (v1) => {
        v1.addHook('onRequest', async (request) => {
          request.apiKey = checkApiKey(request, context.keys);
        });
        await v1.register(async (assistants) => registerAssistantsApi(assistants, context));
        await v1.register(async (responses) => registerResponsesApi(responses, context));
        await v1.register(async (webhooks) => registerWebhooksApi(webhooks, context));
      },
      { prefix: '/v1' },
    );
  });
  return app;
}

function toApiError(error: unknown, contentType: string | undefined): ApiError {
  if (error instanceof ApiError) return error;
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return bodyTooLarge(BODY_LIMIT_BYTES);
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return unsupportedContentType(contentType ?? '');
    default:
      return serverError();
  }
}
