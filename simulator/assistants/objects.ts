import type OpenAI from 'openai';

// The objects on the wire, taken from the official SDK's types so that the compiler checks every required field.
// Type-only: the simulator never loads the SDK.

// `Required`: what a client may leave unread, a server still sends.

export type AssistantObject = Required<OpenAI.Beta.Assistant>;
export type AssistantTool = OpenAI.Beta.AssistantTool;
export type ThreadObject = Required<OpenAI.Beta.Thread>;
export type MessageObject = Required<OpenAI.Beta.Threads.Message>;
export type MessageContent = OpenAI.Beta.Threads.MessageContent;
export type ToolCall = OpenAI.Beta.Threads.RequiredActionFunctionToolCall;
export type RunStepObject = Required<OpenAI.Beta.Threads.Runs.RunStep>;
export type RunError = OpenAI.Beta.Threads.Run.LastError;
export type RunStatus = OpenAI.Beta.Threads.RunStatus;
export type Metadata = Record<string, string>;

/** The SDK's run, except that a script may show a status that nobody knows. */
export type RunObject = Omit<Required<OpenAI.Beta.Threads.Run>, 'status'> & { status: string };

/** A deleted object's remains. */
export type Deleted = (
  OpenAI.Beta.AssistantDeleted | OpenAI.Beta.ThreadDeleted | OpenAI.Beta.Threads.MessageDeleted
) & { deleted: true };
