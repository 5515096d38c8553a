import type { FastifyInstance } from 'fastify';
import { checkAssistantsBeta } from '../http/auth.ts';
import type { Context } from '../http/context.ts';
import { registerAssistants } from './assistants.ts';
import { registerMessages } from './messages.ts';
import { registerRuns } from './runs.ts';
import { registerThreads } from './threads.ts';

/** The Assistants API, version 2 (beta): everything of it wants its header. */
export function registerAssistantsApi(app: FastifyInstance, context: Context): void {
  app.addHook('onRequest', async (request) => checkAssistantsBeta(request));
  registerAssistants(app, context);
  registerThreads(app, context);
  registerMessages(app, context);
  registerRuns(app, context);
}
