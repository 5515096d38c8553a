import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import * as z from 'zod';
import { tagToMetadata } from '../../core/tag.ts';
import { mapSideBySide } from '../../scripts/mapSideBySide.ts';
import { atATime } from '../load/options.ts';

/** A run that waits, and the response that a webhook says has ended. */
export interface WaitingRun {
  readonly workflowId: string;
  readonly responseId: string;
}

const responseSchema = z.object({ id: z.string() });
const wakeUpSchema = z.object({ webhookId: z.string() });

/**
 * Starts runs that take any number of wake-ups: no worker polls their task queue, so that each wake-up stays in their histories and none
 * ends them. Each has a response that has ended, for the bridge to read.
 */
export async function startWaitingRuns(given: {
  readonly client: Client;
  readonly baseURL: string;
  readonly count: number;
}): Promise<WaitingRun[]> {
  const { client, baseURL } = given;
  return mapSideBySide(Array.from({ length: given.count }), atATime, async () => {
    const workflowId = `bench-${randomUUID()}`;
    const { firstExecutionRunId: executionId } = await client.workflow.start('openaiRun', {
      workflowId,
      taskQueue: 'nobody-polls-here',
    });
    const response = await fetch(`${baseURL}/responses`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk-simulator', 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'gpt-sim',
        input: 'What is 2+2?',
        metadata: tagToMetadata({ workflowId, executionId, attempt: 1, round: 0 }),
      }),
    });
    const { id: responseId } = responseSchema.parse(await response.json());
    return { workflowId, responseId };
  });
}

/** How often Temporal has each wake-up, by its webhook id. */
export async function countWakeUps(
  client: Client,
  runs: readonly WaitingRun[],
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  await mapSideBySide(runs, atATime, async ({ workflowId }) => {
    const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
    for (const { workflowExecutionSignaledEventAttributes: signaled } of events ?? []) {
      const payload = signaled?.input?.payloads?.[0];
      if (payload === undefined) continue;
      const { webhookId } = wakeUpSchema.parse(defaultPayloadConverter.fromPayload(payload));
      counts.set(webhookId, (counts.get(webhookId) ?? 0) + 1);
    }
  });
  return counts;
}
