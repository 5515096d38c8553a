import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { notFound } from '../errors.ts';
import type { Context } from '../http/context.ts';
import { page, pageQuery } from '../http/paging.ts';
import { readQuery } from '../http/validation.ts';
import type { RunRecord } from '../runs/record.ts';
import { renderStep } from '../runs/renderStep.ts';
import type { RunStepObject } from './objects.ts';
import { includeQuery } from './schemas.ts';

interface Path {
  Params: { threadId: string; runId: string };
}
interface StepPath {
  Params: Path['Params'] & { stepId: string };
}

const listQuery = z.object({ ...pageQuery.shape, ...includeQuery.shape });

/** What a run did, step by step: its tool rounds with their outputs, and its message. */
export function registerSteps(app: FastifyInstance, { store, engine }: Context): void {
  const findRun = ({ threadId, runId }: Path['Params']): RunRecord => {
    store.thread(threadId);
    return engine.run(threadId, runId);
  };

  app.get<Path>(
    '/threads/:threadId/runs/:runId/steps',
    { config: { endpoint: 'steps.list' } },
    async (request) => {
      const run = findRun(request.params);
      const listed = page(run.steps, readQuery(listQuery, request.query));
      return { ...listed, data: listed.data.map((step) => renderStep(run, step)) };
    },
  );

  app.get<StepPath>(
    '/threads/:threadId/runs/:runId/steps/:stepId',
    { config: { endpoint: 'steps.retrieve' } },
    async (request): Promise<RunStepObject> => {
      const run = findRun(request.params);
      readQuery(includeQuery, request.query);
      const step = run.steps.find(({ id }) => id === request.params.stepId);
      if (!step) throw notFound('run step', request.params.stepId);
      return renderStep(run, step);
    },
  );
}
