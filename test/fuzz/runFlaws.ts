import { ApplicationFailure } from '@temporalio/client';
import { failureTypes } from '../../core/failures.ts';
import { checkRunInput } from '../../core/input.ts';
import { isObject } from '../../core/json.ts';
import type { Harness } from '../support/harness.ts';
import { causeOf, chainOf, type RunHandle } from '../workflows/support.ts';

const typed: ReadonlySet<string> = new Set(Object.values(failureTypes));

/** What is wrong with how a run of this input ends; nothing when it is as it is to be. Waits for the end. */
export async function flawOf(
  harness: Harness,
  handle: RunHandle,
  input: unknown,
): Promise<string | undefined> {
  const flaw = await flawOfEnd(handle, checkRunInput(input).ok);
  const chain = await chainOf(harness, handle);
  const failures = chain.reduce((sum, { workflowTaskFailures }) => sum + workflowTaskFailures, 0);
  return failures === 0 ? flaw : `${failures} workflow tasks failed; ${flaw ?? 'it ended all the same'}`;
}

async function flawOfEnd(handle: RunHandle, isAccepted: boolean): Promise<string | undefined> {
  const result = await handle.result().catch(() => undefined);
  if (result !== undefined) {
    if (!isAccepted) return 'its input is not valid, and it completed';
    const { status, error } = result;
    return status === 'completed' && error === null ? undefined : `it completed as ${status}`;
  }
  const cause = await causeOf(handle);
  if (!(cause instanceof ApplicationFailure)) return `it ended by ${String(cause)}`;
  const { type } = cause;
  if (!typed.has(type ?? '')) return `it failed of no type: ${type} ${cause.message}`;
  if (isAccepted === (type === failureTypes.runInvalidInput)) return `it failed: ${cause.message}`;
  if (!isAccepted) return undefined;
  // Looked at no closer: an answer may be nested too deeply for a schema.
  const left: unknown = cause.details?.[0];
  return isObject(left) && isObject(left['error']) ? undefined : 'it failed without a result';
}
