import * as z from 'zod';
import { ProblemError } from '../problem.ts';
import { parseRun, type RunObject } from './snapshot.ts';

/** No dot after the status: a step looks enough like a run to be taken for one. */
const eventSchema = z.object({ type: z.string().regex(/^thread\.run\.[a-z_]+$/), data: z.unknown() });

/** The run object in an event `thread.run.*` (not `thread.run.step.*`, nor a delta); undefined for every other event. */
export function readRunEvent(event: unknown): RunObject | undefined {
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) return undefined;
  try {
    return parseRun(parsed.data.data);
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}
