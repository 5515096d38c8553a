import { isObject } from './json.ts';

/**
 * Written into the metadata of everything that is made at a provider for a run. It leads a webhook back to its workflow, and finds what
 * a call has made whose reply was lost.
 */
export interface RunTag {
  readonly workflowId: string;
  /**
   * Temporal's id of the first execution in the chain (it survives continue-as-new and reset). Without it, a workflow id
   * used a second time would adopt the attempts of the first.
   */
  readonly executionId: string;
  /** 1 for the first attempt, 2 for its first restart, … */
  readonly attempt: number;
  /** 0 for what the attempt began with, 1 for what goes on with the outputs of its first tool round, … */
  readonly round: number;
}

const keys = {
  workflowId: 'durable_run_id',
  executionId: 'durable_run_execution',
  attempt: 'durable_run_attempt',
  round: 'durable_run_round',
} as const;

/** Metadata keys that belong to us: a request may not set them itself. A provider may use others that begin so. */
export const reservedMetadataPrefix = 'durable_run_';

/** OpenAI's limits for metadata: 16 pairs, keys of 64 and values of 512 characters. Four pairs are the tag's, and one is the provider's. */
export const maximumUserMetadataPairs = 16 - Object.keys(keys).length - 1;
export const maximumWorkflowIdLength = 512;

export function tagToMetadata(tag: RunTag): Record<string, string> {
  return {
    [keys.workflowId]: tag.workflowId,
    [keys.executionId]: tag.executionId,
    [keys.attempt]: String(tag.attempt),
    [keys.round]: String(tag.round),
  };
}

/** The tag in an object's metadata, or undefined when the object is not ours. */
export function tagFromMetadata(metadata: unknown): RunTag | undefined {
  if (!isObject(metadata)) return undefined;
  const workflowId = metadata[keys.workflowId];
  const executionId = metadata[keys.executionId];
  const attempt = readCount(metadata[keys.attempt]);
  const round = readCount(metadata[keys.round]);
  if (typeof workflowId !== 'string' || workflowId === '') return undefined;
  if (typeof executionId !== 'string' || executionId === '') return undefined;
  if (attempt === undefined || attempt === 0 || round === undefined) return undefined;
  return { workflowId, executionId, attempt, round };
}

/** A number as it is written above, and in no other way that JavaScript would read as one. */
function readCount(text: unknown): number | undefined {
  return typeof text === 'string' && /^(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : undefined;
}

export function isSameTag(a: RunTag | undefined, b: RunTag): boolean {
  return (
    a?.workflowId === b.workflowId &&
    a.executionId === b.executionId &&
    a.attempt === b.attempt &&
    a.round === b.round
  );
}

/** Whether both belong to one run, whatever the attempt. */
export function isSameRun(a: RunTag | undefined, b: RunTag): boolean {
  return a?.workflowId === b.workflowId && a.executionId === b.executionId;
}
