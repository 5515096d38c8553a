import type OpenAI from 'openai';
import type { CallCounts, CallKind } from '../../../core/calls.ts';
import type { JsonObject } from '../../../core/json.ts';
import type { EndpointName } from '../../../simulator/http/endpoints.ts';
import {
  SCRIPT_KEY,
  SIMULATOR_ASSISTANT_ID,
  SIMULATOR_MODEL,
  type ResponseScriptSource,
  type ScriptSource,
} from '../../../simulator/index.ts';

/** What scripts of all kinds have in common. */
type CommonKey = keyof ScriptSource & keyof ResponseScriptSource;
export type CommonScript = Pick<ScriptSource, CommonKey> & Pick<ResponseScriptSource, CommonKey>;

/** What the suite has to know of a provider to bring the simulator into a situation. What must come of it is the same for all. */
export interface Dialect {
  /**
   * The simulator's endpoint for each kind of request: where faults are put, and what counts are compared with. A kind that is absent is
   * never sent.
   */
  readonly endpoints: Partial<Readonly<Record<CallKind, EndpointName>>> &
    Readonly<Record<'create' | 'retrieve' | 'submitToolOutputs' | 'cancel', EndpointName>>;
  /** Whether the API can be asked for what was made with a tag; otherwise `find` says `not_searchable` to everything. */
  readonly isSearchable: boolean;
  /** Fields of a request that make the simulator follow the script. */
  scripted(script: CommonScript): JsonObject;
  /** Makes what a webhook tells of, and is not ours. */
  makeForeign(client: OpenAI): Promise<unknown>;
}

/** By provider name. A new provider is an entry here. */
export const dialects: Partial<Readonly<Record<string, Dialect>>> = {
  assistant: {
    endpoints: {
      prepare: 'threads.create',
      create: 'runs.create',
      find: 'runs.list',
      retrieve: 'runs.retrieve',
      submitToolOutputs: 'runs.submitToolOutputs',
      cancel: 'runs.cancel',
      readOutput: 'messages.list',
    },
    isSearchable: true,
    scripted: inMetadata,
    makeForeign: (client) => client.beta.threads.createAndRun({ assistant_id: SIMULATOR_ASSISTANT_ID }),
  },
  response: {
    endpoints: {
      create: 'responses.create',
      retrieve: 'responses.retrieve',
      submitToolOutputs: 'responses.create',
      cancel: 'responses.cancel',
    },
    isSearchable: false,
    scripted: inMetadata,
    makeForeign: (client) =>
      client.responses.create({ model: SIMULATOR_MODEL, input: 'Hello', background: true }),
  },
};

function inMetadata(script: CommonScript): JsonObject {
  return { metadata: { [SCRIPT_KEY]: JSON.stringify(script) } };
}

/** The entry of a provider; throws for one that is registered and has none. */
export function dialectOf(name: string): Dialect {
  const dialect = dialects[name];
  if (dialect !== undefined) return dialect;
  throw new Error(
    `The provider '${name}' is registered, and has no entry in test/providers/conformance/dialects.ts.`,
  );
}

/** The requests that the simulator must have seen when so many were counted. */
export function requestsOf({ endpoints }: Dialect, calls: CallCounts): Record<string, number> {
  const requests: Record<string, number> = {};
  for (const [kind, count] of Object.entries(calls)) {
    const endpoint = Object.entries(endpoints).find(([known]) => known === kind)?.[1] ?? `none for ${kind}`;
    requests[endpoint] = (requests[endpoint] ?? 0) + count;
  }
  return requests;
}
