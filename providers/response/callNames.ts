import type { ProviderRef, ToolCall } from '../../core/snapshot.ts';

/** There are servers that number the calls of each response anew: with its response a call is one of a kind in its attempt. */
export function nameCall({ id }: ProviderRef, call: ToolCall): ToolCall {
  return { ...call, callId: `${id}/${call.callId}` };
}

/** The API's own name of a call of this response. */
export function unnameCall({ id }: ProviderRef, callId: string): string {
  return callId.startsWith(`${id}/`) ? callId.slice(id.length + 1) : callId;
}
