import type OpenAI from 'openai';

// The objects on the wire, taken from the official SDK's types so that the compiler checks every required field.
// Type-only: the simulator never loads the SDK.

export type AssistantObject = OpenAI.Beta.Assistant;
export type AssistantTool = OpenAI.Beta.AssistantTool;
export type ThreadObject = OpenAI.Beta.Thread;
export type MessageObject = OpenAI.Beta.Threads.Message;
export type MessageContent = OpenAI.Beta.Threads.MessageContent;
export type ToolCall = OpenAI.Beta.Threads.RequiredActionFunctionToolCall;
export type RunError = OpenAI.Beta.Threads.Run.LastError;
export type RunStatus = OpenAI.Beta.Threads.RunStatus;
export type Metadata = Record<string, string>;

/** The SDK's run, except that a script may show a status that nobody knows. */
export type RunObject = Omit<OpenAI.Beta.Threads.Run, 'status'> & { status: string };

/** A deleted object's remains. */
export interface Deleted {
  id: string;
  object: 'assistant.deleted' | 'thread.deleted' | 'thread.message.deleted';
  deleted: true;
}
