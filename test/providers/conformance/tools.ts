import type { ToolDefinition } from '../../../providers/provider.ts';

const numbers = {
  type: 'object',
  properties: { a: { type: 'number' }, b: { type: 'number' } },
  required: ['a', 'b'],
};

/** What the attempts of this suite are offered. */
export const tools: readonly ToolDefinition[] = [
  { name: 'add', description: 'Adds two numbers', parameters: numbers },
  { name: 'multiply', description: 'Multiplies two numbers', parameters: numbers },
];
