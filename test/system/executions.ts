import { defaultPayloadConverter, type Client, type WorkflowHandle } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import * as z from 'zod';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
const { WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND } = temporal.api.enums.v1.WorkflowTaskFailedCause;

/** What the history of one execution says of the workers that it was on. */
export interface Execution {
  /** The builds of its workflow tasks, in order. */
  readonly builds: readonly string[];
  /** How each task was told to choose its build. */
  readonly behaviours: ReadonlySet<number>;
  /** The ids of the patches that are on record. */
  readonly patches: readonly string[];
  /** Without those that are Temporal's way: a signal that comes while a workflow ends or continues has its last task done again. */
  readonly failedTasks: number;
}

const patchData = z.object({ id: z.string() });

/** The executions of a run in order: one, and another for each time that it continued as new. */
export async function executionsOf(
  client: Client,
  workflowId: string,
  firstExecutionRunId: string,
): Promise<Execution[]> {
  const executions: Execution[] = [];
  for (let runId: string | undefined = firstExecutionRunId; runId !== undefined;) {
    const handle: WorkflowHandle = client.workflow.getHandle(workflowId, runId);
    const { events } = await handle.fetchHistory();
    executions.push(readExecution(events ?? []));
    const last = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes;
    runId = last?.newExecutionRunId ?? undefined;
  }
  return executions;
}

function readExecution(events: readonly HistoryEvent[]): Execution {
  const tasks = events.flatMap((event) => event.workflowTaskCompletedEventAttributes ?? []);
  return {
    builds: tasks.map((task) => task.deploymentVersion?.buildId ?? 'unversioned'),
    behaviours: new Set(tasks.map((task) => task.versioningBehavior ?? 0)),
    patches: events.flatMap((event) => {
      const data = event.markerRecordedEventAttributes?.details?.['patch-data']?.payloads?.[0];
      return data ? [patchData.parse(defaultPayloadConverter.fromPayload(data)).id] : [];
    }),
    failedTasks: events.filter(({ workflowTaskFailedEventAttributes: failed }) => {
      return failed && failed.cause !== WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND;
    }).length,
  };
}
