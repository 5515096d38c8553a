import type OpenAI from 'openai';

// The objects on the wire, taken from the official SDK's types so that the compiler checks every required field.
// Type-only: the simulator never loads the SDK.

type SdkResponse = OpenAI.Responses.Response;

/** The fields that the SDK calls optional but the API always sends, with null where there is nothing. */
type AlwaysSent =
  | 'background'
  | 'completed_at'
  | 'conversation'
  | 'max_output_tokens'
  | 'max_tool_calls'
  | 'previous_response_id'
  | 'prompt_cache_key'
  | 'reasoning'
  | 'safety_identifier'
  | 'service_tier'
  | 'text'
  | 'top_logprobs'
  | 'truncation';

/**
 * The SDK's response as the API writes it: `output_text` is the SDK's own addition, `usage` is null before the end, and a
 * script may show a status that nobody knows.
 */
export type ResponseObject = Omit<
  SdkResponse,
  'output_text' | 'output' | 'status' | 'usage' | 'user' | AlwaysSent
> &
  Required<Pick<SdkResponse, AlwaysSent>> & {
    status: string;
    output: OutputItem[];
    usage: OpenAI.Responses.ResponseUsage | null;
    store: boolean;
    user: string | null;
  };

export type ResponseUsage = OpenAI.Responses.ResponseUsage;
export type ResponseError = OpenAI.Responses.ResponseError;
export type ResponseTool = OpenAI.Responses.Tool;
export type ToolChoice = SdkResponse['tool_choice'];
export type TextConfig = OpenAI.Responses.ResponseTextConfig;
export type Includable = OpenAI.Responses.ResponseIncludable;

export type OutputMessage = OpenAI.Responses.ResponseOutputMessage;
export type OutputText = OpenAI.Responses.ResponseOutputText;
export type FunctionCall = OpenAI.Responses.ResponseFunctionToolCallItem;
export type ReasoningItem = OpenAI.Responses.ResponseReasoningItem;
/** What the simulator's model produces. */
export type OutputItem = OutputMessage | FunctionCall | ReasoningItem;

export type InputMessage = OpenAI.Responses.ResponseInputMessageItem;
export type FunctionCallOutput = OpenAI.Responses.ResponseFunctionToolCallOutputItem;
/** What a response can be given: messages, and items of earlier responses. */
export type Item = InputMessage | FunctionCallOutput | OutputItem;

export type ConversationObject = OpenAI.Conversations.Conversation;

/** The reasons an incomplete response gives. */
export type IncompleteReason = NonNullable<NonNullable<SdkResponse['incomplete_details']>['reason']>;

/** The events of a stream that carry the whole response. */
export type LifecycleEventType =
  | OpenAI.Responses.ResponseCreatedEvent['type']
  | OpenAI.Responses.ResponseQueuedEvent['type']
  | OpenAI.Responses.ResponseInProgressEvent['type']
  | OpenAI.Responses.ResponseCompletedEvent['type']
  | OpenAI.Responses.ResponseFailedEvent['type']
  | OpenAI.Responses.ResponseIncompleteEvent['type'];

/** The events that tell of the output as it comes, without their `sequence_number`. */
export type OutputEvent = DistributiveOmit<
  | OpenAI.Responses.ResponseOutputItemAddedEvent
  | OpenAI.Responses.ResponseOutputItemDoneEvent
  | OpenAI.Responses.ResponseContentPartAddedEvent
  | OpenAI.Responses.ResponseContentPartDoneEvent
  | OpenAI.Responses.ResponseTextDeltaEvent
  | OpenAI.Responses.ResponseTextDoneEvent
  | OpenAI.Responses.ResponseRefusalDeltaEvent
  | OpenAI.Responses.ResponseRefusalDoneEvent
  | OpenAI.Responses.ResponseFunctionCallArgumentsDeltaEvent
  | OpenAI.Responses.ResponseFunctionCallArgumentsDoneEvent,
  'sequence_number'
>;

export type StreamEvent = OutputEvent | { type: LifecycleEventType; response: ResponseObject };

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
