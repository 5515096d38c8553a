import { activityInfo, ApplicationFailure, cancellationSignal, heartbeat } from '@temporalio/activity';
import type { RegistryActivities, ToolActivity } from '../core/activities.ts';
import { failureTypes } from '../core/failures.ts';
import { jsonBytes } from '../core/json.ts';
import { formatToolError, formatTooLong, maximumRoundBytes } from '../core/toolError.ts';
import type { ToolRegistry } from '../tools/registry.ts';

/** Looks tools up, for the workflow. */
export function createRegistryActivities(tools: ToolRegistry): RegistryActivities {
  return {
    async describeTools(names) {
      return Object.fromEntries(names.map((name) => [name, tools.get(name)?.settings ?? null]));
    },
  };
}

/**
 * The one activity that executes every tool: which one, the activity's type says. It goes into a worker as `default`, the
 * SDK's catch-all, on the tools' own task queue.
 */
export function createToolActivity(tools: ToolRegistry): ToolActivity {
  return async ({ callId, idempotencyKey, arguments: argumentsJson }) => {
    const { activityType: name, attempt } = activityInfo();
    const tool = tools.get(name);
    if (tool === undefined) {
      // Workers that roll from one set of tools to another: one that has it may come by.
      throw ApplicationFailure.retryable(
        `There is no tool '${name}' in this worker.`,
        failureTypes.toolUnknown,
      );
    }
    const execution = await execute(() =>
      tool.execute(argumentsJson, { callId, idempotencyKey, attempt, signal: cancellationSignal() }),
    );
    switch (execution.kind) {
      case 'executed': {
        // A result that Temporal refuses would have the tool executed again.
        const bytes = jsonBytes(execution.output);
        return {
          output: bytes <= maximumRoundBytes ? execution.output : formatTooLong(bytes),
          executed: true,
        };
      }
      case 'invalid_arguments':
        return {
          output: formatToolError(failureTypes.toolInvalidArguments, execution.message),
          executed: false,
        };
    }
  };
}

/** A tool may throw an ApplicationFailure itself, to say that retrying is of no use; all else is worth another try. */
async function execute<T>(run: () => Promise<T>): Promise<T> {
  const { heartbeatTimeoutMs } = activityInfo();
  const beating = heartbeatTimeoutMs && setInterval(() => heartbeat(), heartbeatTimeoutMs / 3);
  try {
    return await run();
  } catch (error) {
    if (error instanceof ApplicationFailure) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw ApplicationFailure.create({
      type: failureTypes.toolFailed,
      message,
      ...(error instanceof Error ? { cause: error } : {}),
    });
  } finally {
    clearInterval(beating);
  }
}
