import { jsonBytes } from './json.ts';
import type { ToolOutput } from './snapshot.ts';
import { formatTooLong, maximumRoundBytes } from './toolError.ts';

/** Replaces the outputs of a round that do not fit beside the others by words for the model. The call ids travel in any case. */
export function fitOutputs(outputs: readonly ToolOutput[]): ToolOutput[] {
  let leftBytes = maximumRoundBytes - outputs.reduce((sum, { callId }) => sum + jsonBytes(callId), 0);
  return outputs.map((output) => {
    const bytes = jsonBytes(output.output);
    if (bytes <= leftBytes) {
      leftBytes -= bytes;
      return output;
    }
    return { ...output, output: formatTooLong(bytes), failed: true };
  });
}
