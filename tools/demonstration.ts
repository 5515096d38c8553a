import * as z from 'zod';
import { defineTool, type Tool } from './tool.ts';

/* Tools to try the project with: they act on nothing, and are the same every time. */

const add = defineTool({
  name: 'add',
  description: 'Adds two numbers',
  parameters: z.object({ a: z.number(), b: z.number() }),
  execute: ({ a, b }) => a + b,
});

const multiply = defineTool({
  name: 'multiply',
  description: 'Multiplies two numbers',
  parameters: z.object({ a: z.number(), b: z.number() }),
  execute: ({ a, b }) => a * b,
});

const getWeather = defineTool({
  name: 'get_weather',
  description: 'Tells the weather in a city',
  parameters: z.object({ city: z.string().describe('Name of the city') }),
  execute: ({ city }) => ({ city, temperatureCelsius: 8 + (city.length % 20), sky: 'clear' }),
});

export const demonstrationTools: readonly Tool[] = [add, multiply, getWeather];
