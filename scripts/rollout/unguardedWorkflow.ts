import { upsertMemo } from '@temporalio/workflow';
import { openaiRun as present } from '../../workflows/openaiRun.ts';

/* A change that must not be released: `guardedWorkflow.ts` without its guards. No history of the present workflow replays with it. */

export async function openaiRun(...input: Parameters<typeof present>): ReturnType<typeof present> {
  upsertMemo({ beginning: 'changed' });
  return present(...input);
}
