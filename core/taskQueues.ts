/** Where runs and their provider calls are worked on, unless configured otherwise. */
export const defaultTaskQueue = 'durable-runs';

/** Tools have a queue of their own beside it, where a tool's name can be an activity type without meeting other activities. */
export function toolTaskQueue(taskQueue: string): string {
  return `${taskQueue}-tools`;
}
