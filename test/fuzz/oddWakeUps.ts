import * as fc from 'fast-check';
import type { ProviderRef, Snapshot } from '../../core/snapshot.ts';
import type { RunTag } from '../../core/tag.ts';
import type { Usage } from '../../core/usage.ts';
import { readWakeUp } from '../../core/wakeUpSchema.ts';
import { hostileJson, mutated } from './hostile.ts';

/* Wake-ups that the bridge would not send. They name the run that they are sent to, which is known only when it is there. */

const own: ProviderRef = { id: 'OWN_REF' };
const ownTag: RunTag = { workflowId: 'OWN_WORKFLOW', executionId: 'OWN_EXECUTION', attempt: 1, round: 0 };
const other: ProviderRef = { id: 'resp_nobodys', containerId: 'thread_nobodys', readWith: 'x' };
const otherTag: RunTag = { ...ownTag, executionId: 'e-1' };
const event = { webhookId: 'OWN_WEBHOOK', eventType: 'response.completed', calls: { retrieve: 1 } };

export interface Address {
  readonly ref: ProviderRef;
  readonly workflowId: string;
  readonly executionId: string;
  /** Each its own: a second one of the same id is dropped. */
  readonly webhookId: string;
}

/** The wake-up for this run. */
export function addressTo(json: string, { ref, workflowId, executionId, webhookId }: Address): string {
  return json
    .replaceAll(own.id, ref.id)
    .replaceAll(ownTag.workflowId, workflowId)
    .replaceAll(ownTag.executionId, executionId)
    .replaceAll(event.webhookId, webhookId);
}

const words = fc.constantFrom(
  '',
  '\u0000',
  '\ud800',
  '__proto__',
  'server_error',
  'a\n| b',
  'x'.repeat(100_000),
);
const numbers = fc.constantFrom(0, -1, 0.5, 1e308, Number.MAX_SAFE_INTEGER);
const usage: fc.Arbitrary<Usage> = fc.record({
  inputTokens: numbers,
  cachedTokens: numbers,
  cacheWriteTokens: numbers,
  outputTokens: numbers,
  reasoningTokens: numbers,
  totalTokens: numbers,
});
const output = fc.record(
  {
    text: fc.oneof(words, hostileJson),
    isJson: fc.constant(true as const),
    refusal: words,
    items: fc.array(fc.jsonValue(), { maxLength: 3 }),
    omittedBytes: numbers,
  },
  { requiredKeys: ['text'] },
);
const toolCall = fc.record({
  callId: fc.oneof(words, fc.constantFrom('call_1', 'call_2')),
  name: fc.constantFrom('add', 'add', 'multiply', '__proto__', 'constructor', '', '\ud800'),
  arguments: fc.oneof(words, hostileJson, fc.constant('{"a":1,"b":2}')),
});

/** In each status, with words and numbers that are of the right type. */
const said = fc.oneof(
  fc.record({ status: fc.constantFrom('queued', 'in_progress', 'cancelling', 'cancelled', 'expired') }),
  fc.record({ status: fc.constant('requires_action'), toolCalls: fc.array(toolCall, { maxLength: 5 }) }),
  fc.record({ status: fc.constant('completed'), output }),
  fc.record({ status: fc.constant('failed'), error: fc.record({ code: words, message: words }) }),
  fc.record({ status: fc.constant('incomplete'), reason: words, output }),
  fc.record({ status: fc.constant('lost'), message: words }),
  fc.record({ status: fc.constant('unknown'), reported: words }),
);
const facts = fc.record(
  { tag: fc.constantFrom(ownTag, otherTag), model: words, expiresAtMs: numbers, endedAtMs: numbers, usage },
  { requiredKeys: [] },
);

/** What is said of something, in a wake-up about it. */
function about(refs: readonly ProviderRef[]): fc.Arbitrary<object> {
  return fc.tuple(fc.constantFrom(...refs), fc.constantFrom(ownTag, otherTag), said, facts).map((given) => {
    const [ref, tag, what, more] = given;
    return { ...event, ref, tag, snapshot: { ref, ...more, ...what } };
  });
}

/** Nothing to act on, of the run itself: hints, and snapshots that lack what they need. */
const hints = [
  'queued',
  'in_progress',
  'cancelling',
  'unknown',
  'completed',
  'failed',
  'requires_action',
].map((status) => ({
  ...event,
  ref: own,
  tag: ownTag,
  snapshot: { ref: own, tag: ownTag, model: 'x', status },
}));

const otherRefs: readonly ProviderRef[] = [other, { id: '__proto__' }, { id: 'x'.repeat(20_000) }];

/** What says nothing of the run that it is sent to, or nothing to act on, whatever else is wrong with it. */
export const harmlessWakeUps: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: about(otherRefs).map((wakeUp) => JSON.stringify(wakeUp)) },
  { weight: 4, arbitrary: mutated(fc.oneof(about(otherRefs), fc.constantFrom(...hints))) },
  { weight: 1, arbitrary: hostileJson },
);

function readSnapshot(json: string): Snapshot | undefined {
  return readWakeUp(JSON.parse(json))?.snapshot;
}

/** What the run that it is sent to believes of itself: it is read with its snapshot, and odd all the same. */
export const lyingWakeUps: fc.Arbitrary<string> = fc
  .oneof(
    about([own]).map((wakeUp) => JSON.stringify(wakeUp)),
    mutated(about([own])),
  )
  .filter((json) => readSnapshot(json) !== undefined);
