import { badRequest } from '../errors.ts';
import type { ToolCall } from '../assistants/objects.ts';

/** One entry of a submission. */
export interface ToolOutput {
  tool_call_id: string;
  output: string;
}

/**
 * The outputs in the order of the calls. All must come in one request.
 * @throws ApiError 400 with the official text when they are not exactly those that are expected.
 */
export function outputsInCallOrder(calls: readonly ToolCall[], outputs: readonly ToolOutput[]): string[] {
  const byCall = new Map(outputs.map((output) => [output.tool_call_id, output.output]));
  const expected = calls.map((call) => call.id);
  if (
    byCall.size !== outputs.length ||
    byCall.size !== expected.length ||
    !expected.every((id) => byCall.has(id))
  ) {
    throw badRequest(
      `Expected tool outputs for call_ids ${listIds(expected)}, got ${listIds(outputs.map((output) => output.tool_call_id))}`,
    );
  }
  return expected.map((id) => byCall.get(id) ?? '');
}

/** Written as the API writes it: `['call_a', 'call_b']`. */
function listIds(ids: readonly string[]): string {
  return `[${ids.map((id) => `'${id}'`).join(', ')}]`;
}
