import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Context } from '../http/context.ts';
import { readQuery } from '../http/validation.ts';
import { makeReport } from '../report/report.ts';
import { readMetadata } from './filter.ts';

/** `by` may be given several times, or with commas. */
const reportQuery = z.object({
  by: z
    .union([z.string(), z.array(z.string())])
    .transform((keys) => [keys].flat().flatMap((key) => key.split(',')))
    .optional(),
  attempt: z.string().optional(),
});

/** The invariant report: `GET /report`. */
export function registerReport(app: FastifyInstance, context: Context): void {
  app.get('/report', async (request) => {
    const { by, attempt } = readQuery(reportQuery, request.query);
    const metadata = readMetadata(request.query);
    return makeReport({ ...context, seed: context.chance.seed }, { by, attempt, metadata });
  });
}
