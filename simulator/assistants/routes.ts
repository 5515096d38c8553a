import type { FastifyInstance } from 'fastify';
import { unknownUrl } from '../errors.ts';
import { checkAssistantsBeta } from '../http/auth.ts';
import type { Context } from '../http/context.ts';
import { registerAssistants } from './assistants.ts';
import { registerMessages } from './messages.ts';
import { registerRuns } from './runs.ts';
import { registerSteps } from './steps.ts';
import { registerThreads } from './threads.ts';

/** The Assistants API, version 2 (beta): everything of it wants its header. */
export function registerAssistantsApi(app: FastifyInstance, context: Context): void {
  app.addHook('onRequest', async (request) => {
    if (context.switches.sunset) throw unknownUrl(request.method, request.url.split('?', 1)[0] ?? '');
    checkAssistantsBeta(request);
  });
  registerAssistants(app, context);
  registerThreads(app, context);
  registerMessages(app, context);
  registerRuns(app, context);
  registerSteps(app, context);
}
