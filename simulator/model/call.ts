import type OpenAI from 'openai';

/** A function the model may call, as the API describes it. */
export type ModelTool = OpenAI.FunctionDefinition;

/** A call the model makes; `arguments` is JSON text. */
export interface ModelCall {
  name: string;
  arguments: string;
}
