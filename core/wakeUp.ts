import type { CallCounts } from './calls.ts';
import { utf8Bytes } from './json.ts';
import { isSameRef, isTerminal, type ProviderRef, type Snapshot } from './snapshot.ts';
import { isSameTag, type RunTag } from './tag.ts';

/** A verified webhook event, as the bridge delivers it to a workflow by signal. */
export interface WakeUp {
  /** The `webhook-id` header: the same for every redelivery of one event. */
  readonly webhookId: string;
  /** OpenAI's event type, such as `thread.run.completed`. */
  readonly eventType: string;
  readonly ref: ProviderRef;
  readonly tag?: RunTag;
  /** Whose webhook it was: another account's has nothing to say about this run. Absent when it was not the bridge that sent it. */
  readonly account?: string;
  /** What the provider says of the attempt. Absent, the wake-up is a hint to look. */
  readonly snapshot?: Snapshot;
  /** Provider calls that the bridge made to learn the snapshot. */
  readonly calls?: CallCounts;
}

const maximumCarriedSnapshotBytes = 50_000;

/** Webhook ids are remembered up to this many: enough for every redelivery that can still be under way. */
const rememberedWebhookIds = 500;

/**
 * Wake-ups that have come and have not been looked at yet. They may come before the create reply is known, several times,
 * or after the attempt has ended: they are kept by ref, and each webhook id counts once.
 */
export class WakeUpInbox {
  readonly #seen: Set<string>;
  #waiting: WakeUp[];

  constructor(carried: { seenWebhookIds: readonly string[]; waiting: readonly WakeUp[] }) {
    this.#seen = new Set(carried.seenWebhookIds);
    this.#waiting = [...carried.waiting];
  }

  /** False for a webhook that has been here before. */
  receive(wakeUp: WakeUp): boolean {
    if (this.#seen.has(wakeUp.webhookId)) return false;
    this.#seen.add(wakeUp.webhookId);
    for (const oldest of this.#seen) {
      if (this.#seen.size <= rememberedWebhookIds) break;
      this.#seen.delete(oldest);
    }
    this.#waiting.push(wakeUp);
    return true;
  }

  /** Takes out everything that is not about this ref: it came for something that we do not know of. */
  takeOthers(ref: ProviderRef): WakeUp[] {
    const taken = this.#waiting.filter((wakeUp) => !isSameRef(wakeUp.ref, ref));
    this.#waiting = this.#waiting.filter((wakeUp) => isSameRef(wakeUp.ref, ref));
    return taken;
  }

  hasFor(ref: ProviderRef): boolean {
    return this.#waiting.some((wakeUp) => isSameRef(wakeUp.ref, ref));
  }

  hasSnapshotFor(ref: ProviderRef): boolean {
    return this.#waiting.some((wakeUp) => isSameRef(wakeUp.ref, ref) && wakeUp.snapshot !== undefined);
  }

  /** Something that carries this tag: how what a call has made is found whose reply was lost. A webhook may not say how it is. */
  findTagged(tag: RunTag): Snapshot | undefined {
    const found = this.#waiting.find((wakeUp) => isSameTag(wakeUp.snapshot?.tag ?? wakeUp.tag, tag));
    return found && (found.snapshot ?? { ref: found.ref, tag, status: 'in_progress' });
  }

  /** A snapshot that shows that this ref has gone on since it last asked for one of these calls: it has ended, or asks for others. */
  findMovedOn(ref: ProviderRef, callIds: readonly string[]): Snapshot | undefined {
    return this.#waiting.find(
      ({ ref: about, snapshot }) =>
        isSameRef(about, ref) && snapshot !== undefined && hasMovedOn(snapshot, callIds),
    )?.snapshot;
  }

  /** Whether a webhook has told what this ref has cost. */
  hasUsageFor(ref: ProviderRef): boolean {
    return this.#waiting.some((wakeUp) => isSameRef(wakeUp.ref, ref) && wakeUp.snapshot?.usage !== undefined);
  }

  /** Takes out all wake-ups for this ref, in the order they came. */
  takeFor(ref: ProviderRef): WakeUp[] {
    const taken = this.#waiting.filter((wakeUp) => isSameRef(wakeUp.ref, ref));
    this.#waiting = this.#waiting.filter((wakeUp) => !isSameRef(wakeUp.ref, ref));
    return taken;
  }

  /** Forgets what is waiting for an attempt that has ended; its webhook ids stay known. */
  discardAll(): void {
    this.#waiting = [];
  }

  carry(): { seenWebhookIds: string[]; waiting: WakeUp[] } {
    // A hint to look is worth as much: a snapshot may be long, and what is carried has a limit.
    const waiting = this.#waiting.map(({ snapshot, ...hint }) =>
      snapshot !== undefined && utf8Bytes(JSON.stringify(snapshot)) <= maximumCarriedSnapshotBytes
        ? { ...hint, snapshot }
        : hint,
    );
    return { seenWebhookIds: [...this.#seen], waiting };
  }
}

function hasMovedOn(snapshot: Snapshot, callIds: readonly string[]): boolean {
  if (isTerminal(snapshot)) return true;
  if (snapshot.status !== 'requires_action') return false;
  return snapshot.toolCalls.some(({ callId }) => !callIds.includes(callId));
}
