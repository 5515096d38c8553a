import * as fc from 'fast-check';
import type { JsonValue } from '../../core/json.ts';
import type { ProviderRef, RunOutput, Snapshot, SnapshotStatus, ToolCall } from '../../core/snapshot.ts';
import type { RunTag } from '../../core/tag.ts';
import type { Usage } from '../../core/usage.ts';

/* Snapshots of every kind, for properties. */

/** Text that JSON escapes, text of more than one byte, lone surrogates, and names that objects have already. */
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: fc.constantFrom('"', '\\', '\n', '\u0000', 'é', '漢', '😀', '\ud800', 'a') }),
  fc.constantFrom('__proto__', 'constructor', ''),
);
const name = fc.string({ minLength: 1, maxLength: 40 });

const refs: fc.Arbitrary<ProviderRef> = fc.record(
  { id: fc.oneof(name, fc.constant('__proto__')), containerId: name, readWith: name },
  { requiredKeys: ['id'] },
);

const tags: fc.Arbitrary<RunTag> = fc.record({
  workflowId: name,
  executionId: name,
  attempt: fc.integer({ min: 1, max: 999_999_999_999_999 }),
  round: fc.nat(),
});

export const usages: fc.Arbitrary<Usage> = fc.record({
  inputTokens: fc.nat(),
  cachedTokens: fc.nat(),
  cacheWriteTokens: fc.nat(),
  outputTokens: fc.nat(),
  reasoningTokens: fc.nat(),
  totalTokens: fc.nat(),
});

/** Without keys called `__proto__`, which zod leaves out of what it reads. */
const items: fc.Arbitrary<JsonValue> = fc
  .json()
  .filter((json) => !json.includes('__proto__'))
  .map((json): JsonValue => JSON.parse(json));

export const outputs: fc.Arbitrary<RunOutput> = fc.record(
  {
    text,
    isJson: fc.constant(true),
    refusal: text,
    items: fc.array(items, { maxLength: 5 }),
    omittedBytes: fc.nat(),
  },
  { requiredKeys: ['text'] },
);

const toolCalls: fc.Arbitrary<ToolCall> = fc.record(
  { callId: name, name, arguments: text, omittedBytes: fc.nat() },
  { requiredKeys: ['callId', 'name', 'arguments'] },
);

const facts = fc.record(
  { ref: refs, tag: tags, model: text, expiresAtMs: fc.nat(), endedAtMs: fc.nat(), usage: usages },
  { requiredKeys: ['ref'] },
);

/** A snapshot of each status; one that is missing here does not compile. */
export const snapshotsOf = {
  queued: withFacts(fc.constant({ status: 'queued' as const })),
  in_progress: withFacts(fc.constant({ status: 'in_progress' as const })),
  cancelling: withFacts(fc.constant({ status: 'cancelling' as const })),
  cancelled: withFacts(fc.constant({ status: 'cancelled' as const })),
  expired: withFacts(fc.constant({ status: 'expired' as const })),
  requires_action: withFacts(
    fc.record({ status: fc.constant('requires_action' as const), toolCalls: fc.array(toolCalls) }),
  ),
  completed: withFacts(fc.record({ status: fc.constant('completed' as const), output: outputs })),
  failed: withFacts(
    fc.record({
      status: fc.constant('failed' as const),
      error: fc.record({ code: text, message: text }, { noNullPrototype: true }),
    }),
  ),
  incomplete: withFacts(
    fc.record(
      { status: fc.constant('incomplete' as const), reason: text, output: outputs },
      { requiredKeys: ['status', 'reason'] },
    ),
  ),
  lost: withFacts(fc.record({ status: fc.constant('lost' as const), message: text })),
  unknown: withFacts(fc.record({ status: fc.constant('unknown' as const), reported: text })),
} satisfies { readonly [Status in SnapshotStatus]: fc.Arbitrary<Extract<Snapshot, { status: Status }>> };

export const snapshots: fc.Arbitrary<Snapshot> = fc.oneof(...Object.values(snapshotsOf));

function withFacts<Variant extends { readonly status: SnapshotStatus }>(variants: fc.Arbitrary<Variant>) {
  return fc.tuple(facts, variants).map(([known, variant]) => ({ ...known, ...variant }));
}
