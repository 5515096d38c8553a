import * as z from 'zod';
import { callKinds } from './calls.ts';
import { fitSnapshot } from './fitSnapshot.ts';
import { getSnapshotSchemas } from './snapshotSchema.ts';
import type { WakeUp } from './wakeUp.ts';

/*
 * A signal is untrusted: anybody who may write to the namespace can send one, and a bridge of another version may say things differently.
 * What cannot be read must not stop the run.
 */

const { refSchema, snapshotSchema, tagSchema } = getSnapshotSchemas();

/** Some servers put much into their ids; none needs as much as this. */
const id = z.string().min(1).max(2_000);

const wakeUp = z.object({
  webhookId: id,
  eventType: z.string().max(2_000),
  ref: refSchema.extend({ id, containerId: id.exactOptional(), readWith: id.exactOptional() }),
  tag: tagSchema.exactOptional(),
  account: z.string().exactOptional(),
  snapshot: snapshotSchema.exactOptional(),
  calls: z.partialRecord(z.enum(callKinds), z.int().min(0)).exactOptional(),
});

/**
 * A wake-up out of a signal's payload; undefined when it cannot be read. A snapshot that cannot be read leaves a hint to look; of one that
 * is longer than a result may be, as no bridge of ours sends it, what fits is kept.
 */
export function readWakeUp(payload: unknown): WakeUp | undefined {
  const read: WakeUp | undefined =
    readWhole(payload) ?? wakeUp.omit({ snapshot: true, calls: true }).safeParse(payload).data;
  return read?.snapshot === undefined ? read : { ...read, snapshot: fitSnapshot(read.snapshot) };
}

/** What is nested too deeply makes even a safe parse throw. */
function readWhole(payload: unknown): WakeUp | undefined {
  try {
    return wakeUp.safeParse(payload).data;
  } catch {
    return undefined;
  }
}
