import { patched, upsertMemo } from '@temporalio/workflow';
import { openaiRun as present } from '../../workflows/openaiRun.ts';
import { patches } from './patches.ts';

/*
 * The workflow of a next release: the present one with two commands more, each behind a guard. For deploying a changed version while
 * runs are under way. The commands wait for nothing, so that nothing else about a run is different.
 */

export async function openaiRun(...input: Parameters<typeof present>): ReturnType<typeof present> {
  if (patched(patches.beginning)) upsertMemo({ beginning: 'changed' });
  const result = await present(...input);
  if (patched(patches.ending)) upsertMemo({ ending: 'changed' });
  return result;
}
