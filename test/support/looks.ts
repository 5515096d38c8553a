import type { Client } from '@temporalio/client';
import { runReportQuery } from '../../workflows/messages.ts';

/** How often a run has looked at its provider, by its history, and how many signals have come. */
export async function readLooks(
  client: Client,
  workflowId: string,
): Promise<{ readonly looks: number; readonly signals: number }> {
  const handle = client.workflow.getHandle(workflowId);
  // Answered by a worker that has seen all that was signalled before.
  await handle.query(runReportQuery);
  const { events } = await handle.fetchHistory();
  const all = events ?? [];
  return {
    looks: all.filter(
      ({ activityTaskScheduledEventAttributes: scheduled }) =>
        scheduled?.activityType?.name === 'retrieveRun',
    ).length,
    signals: all.filter(({ workflowExecutionSignaledEventAttributes: signaled }) => signaled).length,
  };
}

/** The first value that is one: for what nobody tells of. */
export async function until<T>(read: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}
