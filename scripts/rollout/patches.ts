/** The guards in `guardedWorkflow.ts`, as they appear in the markers of a history. */
export const patches = {
  /** At a place that an execution has behind it once its first task is done. */
  beginning: 'rollout-beginning',
  /** At a place that every run which completes has still before it. */
  ending: 'rollout-ending',
} as const;
