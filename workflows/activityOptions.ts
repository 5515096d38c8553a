import {
  proxyActivities,
  proxyLocalActivities,
  workflowInfo,
  type ActivityOptions,
} from '@temporalio/workflow';
import type {
  ProviderActivities,
  RegistryActivities,
  ToolActivity,
  ToolSettings,
} from '../core/activities.ts';
import type { Policy } from '../core/policy.ts';
import { shorten } from '../core/story.ts';
import { toolTaskQueue } from '../core/taskQueues.ts';

/** Whether a try that timed out may simply be repeated: `write` is for calls that a provider refuses the second time. */
export type Repeatable = 'read' | 'write' | 'never';

/** Reads are tried only so often before the run goes back to waiting: the next check, or a webhook, will tell. */
const maximumReadAttempts = 3;

/**
 * The provider's activities for one call.
 *
 * `repeatable` says whether a try that timed out may simply be repeated. A create may not: the lost try may have made a run
 * that somebody pays for. The name is the server's own for a timed-out try among the error types of a retry policy.
 */
export function providerActivities(
  policy: Policy,
  leftMs: number,
  summary: string,
  repeatable: Repeatable,
): ProviderActivities {
  const { calls } = policy;
  const maximumAttempts =
    repeatable === 'read' ? Math.min(calls.maximumAttempts, maximumReadAttempts) : calls.maximumAttempts;
  const options: ActivityOptions = {
    summary: shorten(summary),
    startToCloseTimeout: calls.timeoutMs,
    scheduleToCloseTimeout: Math.max(leftMs, calls.timeoutMs),
    // Whoever is cancelled while a create is on its way must still hear what it made.
    cancellationType: repeatable === 'never' ? 'WAIT_CANCELLATION_COMPLETED' : 'TRY_CANCEL',
    retry: {
      initialInterval: calls.initialMs,
      backoffCoefficient: calls.factor,
      maximumInterval: Math.max(calls.maximumMs, calls.initialMs),
      maximumAttempts,
      ...(repeatable === 'never'
        ? { nonRetryableErrorTypes: ['TemporalTimeout:StartToClose', 'PayloadsTooLarge'] }
        : {}),
    },
  };
  return proxyActivities<ProviderActivities>(options);
}

/** A tool that is done before a third of this costs no heartbeat. */
const toolHeartbeatTimeoutMs = 30_000;

export const registryActivities = proxyLocalActivities<RegistryActivities>({
  startToCloseTimeout: '5s',
  summary: 'look up the tools',
});

/** The activity that executes this tool: its type is the tool's name. */
export function toolActivity(
  name: string,
  settings: ToolSettings,
  leftMs: number,
  summary: string,
): ToolActivity {
  const { timeoutMs, retry } = settings;
  const activities = proxyActivities<Record<string, ToolActivity>>({
    taskQueue: toolTaskQueue(workflowInfo().taskQueue),
    summary: shorten(summary),
    startToCloseTimeout: timeoutMs,
    scheduleToCloseTimeout: Math.max(leftMs, timeoutMs),
    // So that a long tool hears of a cancel, and a dead worker is noticed before a long timeout.
    heartbeatTimeout: Math.min(timeoutMs, toolHeartbeatTimeoutMs),
    cancellationType: 'TRY_CANCEL',
    retry: {
      initialInterval: retry.initialMs,
      backoffCoefficient: retry.factor,
      maximumInterval: Math.max(retry.maximumMs, retry.initialMs),
      maximumAttempts: retry.maximumAttempts,
    },
  });
  const activity = activities[name];
  if (activity === undefined) throw new Error(`No activity proxy for the tool ${name}.`);
  return activity;
}
