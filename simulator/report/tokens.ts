import type { ResponseEngine } from '../responses/engine.ts';
import type { RunEngine } from '../runs/engine.ts';
import type { Tokens } from './summary.ts';

/** What a run or a response has spent so far; null when nobody knows it any more. */
export function tokensOf(engine: RunEngine, responses: ResponseEngine, id: string): Tokens | null {
  const run = engine.findRun(id);
  if (run !== undefined) {
    const { prompt, completion } = run.script.usage ?? run.spent;
    return { prompt, completion, total: prompt + completion };
  }
  // Also of what failed or was cancelled, of which the API tells no usage.
  const spent = responses.find(id)?.spent;
  if (!spent) return null;
  return { prompt: spent.input_tokens, completion: spent.output_tokens, total: spent.total_tokens };
}
