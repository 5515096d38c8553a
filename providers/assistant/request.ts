import type OpenAI from 'openai';
import * as z from 'zod';
import type { JsonObject } from '../../core/json.ts';
import { tagToMetadata } from '../../core/tag.ts';
import { metadataSchema } from '../metadata.ts';
import { invalidRequest } from '../problem.ts';
import type { CreateRequest, ToolDefinition } from '../provider.ts';
import { checkRequest } from '../untrusted.ts';

export type RunCreateParams = OpenAI.Beta.Threads.RunCreateParamsNonStreaming;

/**
 * What a request may hold. The fields named here are the ones that we have to know; all others go to the API as they are, where
 * they are checked by whoever knows them best.
 */
const requestSchema = z.looseObject({
  assistant_id: z.string().min(1).optional(),
  thread_id: z.string().min(1).optional(),
  metadata: metadataSchema.nullish(),
  stream: z.literal(false, 'a durable run cannot stream').nullish(),
  additional_messages: z.undefined('the message belongs into the input of the run').optional(),
  tools: z.undefined('tools are named in the input of the run').optional(),
});

/** A request that has been checked: where it runs, and the fields for the create call. */
export interface AssistantRequest {
  readonly assistantId: string;
  readonly threadId: string | undefined;
  readonly metadata: Record<string, string>;
  /** Everything else, as given. */
  readonly fields: JsonObject;
}

/** Checks the user's request, or throws a ProblemError that names each field and what is wrong with it. */
export function readRequest(request: JsonObject, defaultAssistantId: string | undefined): AssistantRequest {
  const checked = checkRequest(requestSchema, request);
  const { assistant_id: _a, thread_id: _t, metadata: _m, stream: _s, ...fields } = request;
  const assistantId = checked.assistant_id ?? defaultAssistantId;
  if (assistantId === undefined) {
    throw invalidRequest(
      "request.assistant_id: expected the id of an assistant; give one, or set OPENAI_ASSISTANT_ID (with the account's suffix, if it " +
        'has one) where the worker runs',
    );
  }
  return { assistantId, threadId: checked.thread_id, metadata: checked.metadata ?? {}, fields };
}

/** The body of the create call for this attempt. */
export function buildRunParams(
  { assistantId, metadata, fields }: AssistantRequest,
  { tag, input, inputDelivered, tools }: Omit<CreateRequest, 'request'>,
): RunCreateParams {
  return {
    ...fields,
    assistant_id: assistantId,
    metadata: { ...metadata, ...tagToMetadata(tag) },
    ...(inputDelivered ? {} : { additional_messages: [{ role: 'user', content: input }] }),
    ...(tools.length === 0 ? {} : { tools: tools.map(toFunctionTool) }),
  };
}

function toFunctionTool({ name, description, parameters }: ToolDefinition): OpenAI.Beta.FunctionTool {
  return { type: 'function', function: { name, description, parameters } };
}
