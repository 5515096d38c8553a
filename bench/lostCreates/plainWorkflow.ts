import { proxyActivities, sleep } from '@temporalio/workflow';
import type { PlainActivities } from './plainActivities.ts';

/* What one would write first: activities with a retry policy around the SDK's calls. */

const { createResponse, readStatus } = proxyActivities<PlainActivities>({
  startToCloseTimeout: '1 minute',
  retry: { maximumAttempts: 5 },
});

/** Creates a response, and polls it every two seconds until it has ended. */
export async function plainRun(id: string): Promise<string> {
  const responseId = await createResponse(id);
  for (;;) {
    const status = await readStatus(responseId);
    if (status !== 'queued' && status !== 'in_progress') return status;
    await sleep('2 seconds');
  }
}
