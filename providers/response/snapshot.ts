import * as z from 'zod';
import { isObject } from '../../core/json.ts';
import type { ProviderError, ProviderRef, RunOutput, Snapshot } from '../../core/snapshot.ts';
import { tagFromMetadata } from '../../core/tag.ts';
import { redact } from '../secrets.ts';
import { looseNumber, looseText, parseReply } from '../untrusted.ts';
import { nameCall } from './callNames.ts';
import { readOutputItems, type Output } from './output.ts';
import { includeKey } from './request.ts';
import { usageSchema } from './usage.ts';

/*
 * A response object as an untrusted reply: nothing but the id is required. Servers that are compatible with OpenAI's leave
 * fields out, send null for them, or give them another type.
 */

const responseSchema = z.object({
  id: z.union([z.string().min(1), z.number().transform(String)]),
  status: looseText,
  model: looseText,
  metadata: z.unknown().optional(),
  /** Unix time, may have a fraction; above this there are no dates. */
  completed_at: looseNumber.transform((seconds) => ((seconds ?? 0) <= 8.64e12 ? seconds : null)),
  error: z.unknown().optional(),
  incomplete_details: z.object({ reason: looseText }).nullish().catch(null),
  output: z.array(z.unknown()).catch([]),
  text: z
    .object({ format: z.object({ type: looseText }) })
    .nullish()
    .catch(null),
  usage: usageSchema.nullish().catch(null),
});

/** A response object that has been read. */
export type ResponseObject = z.output<typeof responseSchema>;

/**
 * Reads a response object, or throws a ProblemError that says what is wrong with it.
 *
 * @param knownId of a response that was read by its id: then it need not say it again
 */
export function parseResponse(value: unknown, knownId?: string): ResponseObject {
  const isResponse = isObject(value) && ('status' in value || 'output' in value);
  const given = knownId !== undefined && isResponse ? { ...value, id: knownId } : value;
  return parseReply(responseSchema, 'a response object', given);
}

/** What a response object says, in this project's words. `asked` is the ref that it was read by. */
export function toSnapshot(response: ResponseObject, asked: ProviderRef): Snapshot {
  const tag = tagFromMetadata(response.metadata);
  const { model, completed_at: completedAt, usage } = response;
  const facts = {
    ref: asked.readWith === undefined ? { ...asked, ...readWithOf(response) } : asked,
    ...(tag === undefined ? {} : { tag }),
    ...(model ? { model } : {}),
    ...(completedAt ? { endedAtMs: Math.round(completedAt * 1000) } : {}),
    ...(usage ? { usage } : {}),
  };
  const status = statusOf(response);
  switch (status) {
    case 'queued':
    case 'in_progress':
    case 'cancelled':
      return { ...facts, status };
    case 'failed':
      return { ...facts, status, error: readError(response.error) };
    case 'incomplete': {
      const { output } = readOutput(response, asked);
      return { ...facts, status, reason: response.incomplete_details?.reason || 'unknown', output };
    }
    case 'completed': {
      const { output, toolCalls, unsupported } = readOutput(response, asked);
      // Answering only some of what it asks for would be refused.
      if (unsupported !== undefined)
        return { ...facts, status: 'incomplete', reason: `unsupported_action:${unsupported}`, output };
      // There is no status for this in the API: a response that calls tools is complete, and another one goes on with the outputs.
      if (toolCalls.length > 0)
        return {
          ...facts,
          status: 'requires_action',
          toolCalls: toolCalls.map((call) => nameCall(asked, call)),
        };
      return { ...facts, status, output };
    }
    default:
      return { ...facts, status: 'unknown', reported: status };
  }
}

/** A server that leaves the status out answers when all is done. */
function statusOf({ status, output }: ResponseObject): string {
  return status || (output.length > 0 ? 'completed' : 'no status');
}

function readWithOf({ metadata }: ResponseObject): Pick<ProviderRef, 'readWith'> {
  const readWith = isObject(metadata) ? metadata[includeKey] : undefined;
  return typeof readWith === 'string' && readWith !== '' ? { readWith } : {};
}

function readOutput(
  { output: sent, text: config }: ResponseObject,
  { readWith }: ProviderRef,
): { output: RunOutput } & Pick<Output, 'toolCalls' | 'unsupported'> {
  const { text: said, refusal, toolCalls, unsupported } = readOutputItems(sent);
  const isJson = config?.format.type === 'json_schema' || config?.format.type === 'json_object';
  // Whoever asked for something to be included wants more than the text.
  const items = readWith === undefined ? undefined : z.array(z.json()).safeParse(sent).data;
  const output = {
    text: said,
    ...(isJson ? { isJson } : {}),
    ...(refusal === '' ? {} : { refusal }),
    ...(items === undefined ? {} : { items }),
  };
  return { output, toolCalls, unsupported };
}

const code = z
  .union([z.string(), z.number().transform(String)])
  .nullish()
  .catch(null);
const errorSchema = z.object({ code, message: looseText });

/** The code says whether it is worth another attempt. */
function readError(error: unknown): ProviderError {
  const read = typeof error === 'string' ? { message: error } : errorSchema.safeParse(error).data;
  const { code: reported, message } = { code: null, message: null, ...read };
  return { code: reported || 'unknown', message: redact(message || 'The provider gave no reason.') };
}
