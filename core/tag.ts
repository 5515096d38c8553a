import { isObject } from './json.ts';

/**
 * Written into the provider's metadata of every attempt. It leads a webhook back to its workflow, and finds a run whose
 * create reply was lost.
 */
export interface RunTag {
  readonly workflowId: string;
  /**
   * Temporal's id of the first execution in the chain (it survives continue-as-new and reset). Without it, a workflow id
   * used a second time would adopt the attempts of the first.
   */
  readonly executionId: string;
  /** 1 for the first provider-side run made for this durable run, 2 for its first restart, … */
  readonly attempt: number;
}

const keys = {
  workflowId: 'durable_run_id',
  executionId: 'durable_run_execution',
  attempt: 'durable_run_attempt',
} as const;

/** Metadata keys that belong to the tag: a request may not set them itself. */
export const reservedMetadataKeys: readonly string[] = Object.values(keys);

/** OpenAI's limits for metadata: 16 pairs, keys of 64 and values of 512 characters. Three pairs are the tag's. */
export const maximumUserMetadataPairs = 16 - reservedMetadataKeys.length;
export const maximumWorkflowIdLength = 512;

export function tagToMetadata(tag: RunTag): Record<string, string> {
  return {
    [keys.workflowId]: tag.workflowId,
    [keys.executionId]: tag.executionId,
    [keys.attempt]: String(tag.attempt),
  };
}

/** The tag in an object's metadata, or undefined when the object is not ours. */
export function tagFromMetadata(metadata: unknown): RunTag | undefined {
  if (!isObject(metadata)) return undefined;
  const workflowId = metadata[keys.workflowId];
  const executionId = metadata[keys.executionId];
  const attemptText = metadata[keys.attempt];
  if (typeof workflowId !== 'string' || workflowId === '') return undefined;
  if (typeof executionId !== 'string' || executionId === '') return undefined;
  // As it is written above, and in no other way that JavaScript would read as a number.
  if (typeof attemptText !== 'string' || !/^[1-9]\d{0,14}$/.test(attemptText)) return undefined;
  return { workflowId, executionId, attempt: Number(attemptText) };
}

export function isSameTag(a: RunTag | undefined, b: RunTag): boolean {
  return a?.workflowId === b.workflowId && a.executionId === b.executionId && a.attempt === b.attempt;
}
