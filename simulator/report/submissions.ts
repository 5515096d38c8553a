import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { endpointOf } from '../http/context.ts';
import type { Context } from '../http/context.ts';

const submission = z.looseObject({
  tool_outputs: z.array(z.looseObject({ tool_call_id: z.string() })),
});
const continuation = z.looseObject({
  previous_response_id: z.string(),
  input: z.array(z.looseObject({ type: z.string().optional(), call_id: z.string().optional() })),
});

/** Notes a submission of tool outputs, and that its work ended in `status`, whatever a fault makes of the reply. */
export function noteSubmission({ ledger }: Context, request: FastifyRequest, status: number): void {
  const endpoint = endpointOf(request);
  if (endpoint === 'runs.submitToolOutputs') {
    const outputs = submission.safeParse(request.body).data?.tool_outputs ?? [];
    const calls = outputs.map((output) => output.tool_call_id);
    ledger.submitted(request.subject.runId ?? '', calls, status === 200);
  }
  if (endpoint === 'responses.create') {
    // Outputs are submitted by creating the next response: the round is its parent's.
    const body = continuation.safeParse(request.body).data;
    const calls = body?.input.flatMap(({ type, call_id: callId }) =>
      type === 'function_call_output' && callId !== undefined ? [callId] : [],
    );
    ledger.submitted(body?.previous_response_id ?? '', calls ?? [], status === 200);
  }
}
