import type OpenAI from 'openai';
import * as z from 'zod';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { reservedMetadataPrefix, tagToMetadata, type RunTag } from '../../core/tag.ts';
import { metadataSchema } from '../metadata.ts';
import { invalidRequest } from '../problem.ts';
import type { Asked, CreateRequest, SubmitRequest, ToolDefinition } from '../provider.ts';
import { checkRequest } from '../untrusted.ts';
import { unnameCall } from './callNames.ts';

export type ResponseParams = OpenAI.Responses.ResponseCreateParamsNonStreaming;

/**
 * The metadata key under which a response carries its request's `include`. A webhook brings an id and nothing else, and what is
 * included has to be asked for with every read.
 */
export const includeKey = `${reservedMetadataPrefix}include`;

const toolSchema = z
  .record(z.string(), z.json())
  .refine(
    (tool) => tool['type'] !== 'function',
    'function tools are named in the input of the run: the worker executes them',
  );

const includeSchema = z
  .array(z.string().regex(/^[^,]+$/, 'expected a name without commas'))
  .refine(
    (include) => joinInclude(include).length <= 512,
    'at most 512 characters, with a comma between each two: they are kept in the metadata',
  );

/** The two are easily mixed up: this provider is the one that a run gets when it names none. */
const ofAssistant =
  'this belongs to the provider assistant: name that in the input of the run, or leave this out';

/**
 * What a request may hold. The fields named here are the ones that we have to know; all others go to the API as they are, where
 * they are checked by whoever knows them best.
 */
const requestSchema = z
  .looseObject({
    model: z.string().min(1).nullish(),
    prompt: z.unknown().optional(),
    previous_response_id: z.string().min(1).nullish(),
    conversation: z
      .union(
        [z.string().min(1), z.looseObject({ id: z.string().min(1) })],
        'expected the id of a conversation',
      )
      .nullish(),
    tools: z.array(toolSchema).nullish(),
    include: includeSchema.nullish(),
    metadata: metadataSchema.nullish(),
    store: z.boolean().nullish(),
    background: z.literal(true, 'a durable run is in the background').nullish(),
    stream: z.literal(false, 'a durable run cannot stream').nullish(),
    input: z.undefined('the message belongs into the input of the run').optional(),
    assistant_id: z.undefined(ofAssistant).optional(),
    thread_id: z.undefined(ofAssistant).optional(),
  })
  .refine(
    (request) => (request.previous_response_id ?? null) === null || (request.conversation ?? null) === null,
    {
      path: ['previous_response_id'],
      message: 'a response goes on with this or with a conversation, not both',
    },
  );

/** A request that has been checked, and what all responses of its run are created with. */
export interface ResponseRequest {
  /** Its `include` as a ref carries it; absent when it includes nothing. */
  readonly readWith: string | undefined;
  readonly metadata: Record<string, string>;
  readonly store: boolean;
  readonly isInConversation: boolean;
  /** Everything else, with the model and all tools. */
  readonly fields: JsonObject;
}

/** Checks the user's request, or throws a ProblemError that names each field and what is wrong with it. */
export function readRequest({ request, tools }: Asked, defaultModel: string | undefined): ResponseRequest {
  const parsed = checkRequest(requestSchema, request);
  // A prompt names a model itself.
  const hasPrompt = (parsed.prompt ?? null) !== null;
  const model = parsed.model ?? (hasPrompt ? undefined : defaultModel);
  if (model === undefined && !hasPrompt) {
    throw invalidRequest(
      "request.model: expected the name of a model; give one, or set OPENAI_MODEL (with the account's suffix, if it has one) where the worker runs",
    );
  }
  const store = parsed.store ?? true;
  if (!store && tools.length > 0) {
    throw invalidRequest(
      'request.store: false does not go with tools of the run: what goes on with their outputs refers to the stored response',
    );
  }
  const { model: _m, tools: _t, metadata: _d, store: _s, background: _b, stream: _r, ...fields } = request;
  const include = parsed.include ?? [];
  const allTools = [...(parsed.tools ?? []), ...tools.map(toFunctionTool)];
  return {
    readWith: include.length === 0 ? undefined : joinInclude(include),
    metadata: parsed.metadata ?? {},
    store,
    isInConversation: (parsed.conversation ?? null) !== null,
    fields: {
      ...fields,
      ...(model === undefined ? {} : { model }),
      ...(allTools.length === 0 ? {} : { tools: allTools }),
    },
  };
}

/**
 * The body of the create call for an attempt. The message goes along with each: a response that failed has left nothing behind. (In a
 * conversation the rounds before it have: their calls, without outputs, make the API refuse another attempt.)
 */
export function buildCreateParams(
  request: ResponseRequest,
  { tag, input }: Pick<CreateRequest, 'tag' | 'input'>,
): ResponseParams {
  return { ...request.fields, ...ownParams(request, tag), input };
}

/**
 * The body of the create call that goes on with the outputs of a round. Nothing is inherited but what was said: instructions, tools
 * and the text's format are sent again. An output's `id` is not: with the id of its call the API would not recognise it.
 */
export function buildSubmitParams(
  request: ResponseRequest,
  { tag, ref, outputs }: Pick<SubmitRequest, 'tag' | 'ref' | 'outputs'>,
): ResponseParams {
  const { previous_response_id: _given, ...fields } = request.fields;
  return {
    ...fields,
    ...loosenToolChoice(fields['tool_choice']),
    ...ownParams(request, tag),
    // A conversation knows what was said in it, and is not to be named together with a response.
    ...(request.isInConversation ? {} : { previous_response_id: ref.id }),
    input: outputs.map(({ callId, output }) => ({
      type: 'function_call_output',
      call_id: unnameCall(ref, callId),
      output,
    })),
  };
}

type OwnParams = Pick<ResponseParams, 'background' | 'store' | 'metadata'>;

function ownParams({ metadata, store, readWith }: ResponseRequest, tag: RunTag): OwnParams {
  return {
    background: true,
    store,
    metadata: {
      ...metadata,
      ...tagToMetadata(tag),
      ...(readWith === undefined ? {} : { [includeKey]: readWith }),
    },
  };
}

/** A choice that forces the model to call a function would force it again with every round, for ever: the first has obeyed it. */
function loosenToolChoice(choice: JsonValue | undefined): JsonObject {
  if (choice === 'required') return { tool_choice: 'auto' };
  if (!isObject(choice)) return {};
  if (choice['type'] === 'function') return { tool_choice: 'auto' };
  // The same as `required`, among some of the tools.
  if (choice['type'] === 'allowed_tools') return { tool_choice: { ...choice, mode: 'auto' } };
  return {};
}

/** The API's default is strict, and a strict schema has no optional properties. */
function toFunctionTool({ name, description, parameters }: ToolDefinition): JsonObject {
  return {
    type: 'function',
    name,
    description,
    parameters,
    strict: false,
  } satisfies OpenAI.Responses.FunctionTool;
}

function joinInclude(include: readonly string[]): string {
  return include.join(',');
}

/** What a ref says is to be included. */
export function splitInclude(readWith: string | undefined): string[] {
  return readWith === undefined || readWith === '' ? [] : readWith.split(',');
}
