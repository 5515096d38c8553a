import { jsonBytes, utf8Bytes, type JsonValue } from './json.ts';
import type { RunOutput, Snapshot, ToolCall } from './snapshot.ts';

/**
 * Bytes as JSON that a snapshot's output, or the arguments of its tool calls, may take. Temporal refuses payloads of more than 2 MB, for ever:
 * a run's result holds the text, and what it parses to, and may do so beside its attempts.
 */
export const maximumSnapshotBytes = 700_000;

/** Tool calls of one round that can be executed: each is an activity, and Temporal takes no more than 2,000 at once. */
export const maximumToolCalls = 1_000;

/**
 * The snapshot, without what Temporal would not carry. An output that is too long stays at the provider, where the ref leads to it; of
 * tool calls the arguments that do not fit are left out, and the model is told.
 */
export function fitSnapshot(whole: Snapshot): Snapshot {
  const snapshot = whole.model === undefined ? whole : { ...whole, model: cut(whole.model) };
  switch (snapshot.status) {
    case 'completed':
      return { ...snapshot, output: fitOutput(snapshot.output) };
    case 'incomplete': {
      const fitted = { ...snapshot, reason: cut(snapshot.reason) };
      return fitted.output === undefined ? fitted : { ...fitted, output: fitOutput(fitted.output) };
    }
    case 'failed': {
      const { code, message } = snapshot.error;
      return { ...snapshot, error: { code: cut(code), message: cut(message) } };
    }
    case 'lost':
      return { ...snapshot, message: cut(snapshot.message) };
    case 'unknown':
      return { ...snapshot, reported: cut(snapshot.reported) };
    case 'requires_action':
      // One more than can be executed shows that there are too many.
      return { ...snapshot, toolCalls: fitToolCalls(snapshot.toolCalls.slice(0, maximumToolCalls + 1)) };
    case 'queued':
    case 'in_progress':
    case 'cancelling':
    case 'cancelled':
    case 'expired':
      return snapshot;
  }
}

/** Words for people: nobody reads more of them, and they go into results, details and messages. */
function cut(text: string): string {
  return text.length <= maximumWordsLength ? text : `${text.slice(0, maximumWordsLength - 1)}…`;
}

const maximumWordsLength = 4_000;

function fitOutput(output: RunOutput): RunOutput {
  const { text, refusal = '', items } = output;
  const itemBytes = items === undefined ? 0 : countItemBytes(items);
  const textBytes = jsonBytes(text) + jsonBytes(refusal);
  if (textBytes + itemBytes <= maximumSnapshotBytes) return output;
  // What can be done without first: the text is in the items again.
  const { items: _items, ...words } = output;
  if (textBytes <= maximumSnapshotBytes) return { ...words, omittedBytes: itemBytes };
  return { text: '', omittedBytes: textBytes + itemBytes };
}

/** What is nested too deeply to be written is more than any payload could carry. */
function countItemBytes(items: readonly JsonValue[]): number {
  try {
    return utf8Bytes(JSON.stringify(items));
  } catch {
    return Number.MAX_SAFE_INTEGER;
  }
}

function fitToolCalls(calls: readonly ToolCall[]): ToolCall[] {
  let leftBytes = maximumSnapshotBytes;
  return calls.map((call) => {
    const bytes = jsonBytes(call.arguments);
    if (bytes <= leftBytes) {
      leftBytes -= bytes;
      return call;
    }
    return { ...call, arguments: '', omittedBytes: bytes };
  });
}
