import path from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { workflowSources } from '../../worker/workflowCode.ts';

/** Whether the change is behind `patched`, as `docs/upgrading.md` asks. */
export type Change = 'guarded' | 'unguarded';

/** The code of a workflow bundle with a changed `openaiRun`, made from the sources: what a worker loads by `WORKFLOW_BUNDLE`. */
export async function bundleChangedWorkflow(change: Change): Promise<string> {
  const { code } = await bundleWorkflowCode({
    ...workflowSources,
    workflowsPath: path.join(import.meta.dirname, `${change}Workflow.ts`),
    logger: new DefaultLogger('WARN'),
  });
  return code;
}
