import type OpenAI from 'openai';
import { expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import type {
  assistantBody,
  assistantUpdateBody,
  messageBody,
  metadataBody,
  runBody,
  submitBody,
  threadBody,
  threadRunBody,
  threadUpdateBody,
} from '../../simulator/assistants/schemas.ts';

// Held by the compiler: whatever the SDK's types let a user send, the simulator's schemas have a place for.

/** A body as the SDK's types have it, without what travels in the path or the query. */
type Sent<T> = Omit<T, 'thread_id' | 'include'>;
/** True, or the parameters that the schema does not know, or that it has other values for. */
type Takes<Schema extends z.ZodType, Params> =
  Exclude<keyof Sent<Params>, keyof z.input<Schema>> extends infer Missing
    ? [Missing] extends [never]
      ? Sent<Params> extends z.input<Schema>
        ? true
        : 'has other values'
      : Missing
    : never;

/** The SDK has both fields optional, as the specification does; no output without them means anything. */
type Submission = OpenAI.Beta.Threads.RunSubmitToolOutputsParams & {
  tool_outputs: Required<OpenAI.Beta.Threads.RunSubmitToolOutputsParams.ToolOutput>[];
};

it('takes every parameter of the SDK', () => {
  expectTypeOf<Takes<typeof assistantBody, OpenAI.Beta.AssistantCreateParams>>().toEqualTypeOf<true>();
  expectTypeOf<Takes<typeof assistantUpdateBody, OpenAI.Beta.AssistantUpdateParams>>().toEqualTypeOf<true>();
  expectTypeOf<Takes<typeof threadBody, OpenAI.Beta.ThreadCreateParams>>().toEqualTypeOf<true>();
  expectTypeOf<Takes<typeof threadUpdateBody, OpenAI.Beta.ThreadUpdateParams>>().toEqualTypeOf<true>();
  expectTypeOf<Takes<typeof threadRunBody, OpenAI.Beta.ThreadCreateAndRunParams>>().toEqualTypeOf<true>();
  expectTypeOf<Takes<typeof messageBody, OpenAI.Beta.Threads.MessageCreateParams>>().toEqualTypeOf<true>();
  expectTypeOf<Takes<typeof metadataBody, OpenAI.Beta.Threads.MessageUpdateParams>>().toEqualTypeOf<true>();
  expectTypeOf<Takes<typeof runBody, OpenAI.Beta.Threads.RunCreateParams>>().toEqualTypeOf<true>();
  expectTypeOf<Takes<typeof metadataBody, OpenAI.Beta.Threads.RunUpdateParams>>().toEqualTypeOf<true>();
  expectTypeOf<Takes<typeof submitBody, Submission>>().toEqualTypeOf<true>();
});
