import { isObject, type JsonObject } from '../../core/json.ts';
import type { WaitMode } from '../../core/policy.ts';
import { UsageError } from './errors.ts';

/** The options of `start` that say what to run. */
export interface RunOptions {
  readonly assistant?: string;
  readonly thread?: string;
  readonly model?: string;
  readonly instructions?: string;
  readonly tool: readonly string[];
  readonly mode?: WaitMode;
  readonly provider?: string;
  readonly account?: string;
  readonly policy?: JsonObject;
  readonly request?: JsonObject;
}

/**
 * A run's input from the command line. It holds what was given and nothing else; whether that makes a run is checked
 * where runs are started.
 *
 * @throws {UsageError} when a field is given twice
 */
export function buildRunInput(options: RunOptions, text: string): JsonObject {
  const { provider, account, tool } = options;
  const request = merge('request', options.request, {
    assistant_id: ['--assistant', options.assistant],
    thread_id: ['--thread', options.thread],
    model: ['--model', options.model],
    instructions: ['--instructions', options.instructions],
  });
  const policy = buildPolicy(options);
  return {
    input: text,
    ...(provider === undefined ? {} : { provider }),
    ...(account === undefined ? {} : { account }),
    ...(tool.length === 0 ? {} : { tools: [...tool] }),
    ...(request === undefined ? {} : { request }),
    ...(policy === undefined ? {} : { policy }),
  };
}

function buildPolicy({ policy, mode }: RunOptions): JsonObject | undefined {
  if (mode === undefined) return policy;
  const wait = policy?.['wait'] ?? {};
  // Whatever else it is, the check of the whole input says so.
  if (!isObject(wait)) return policy;
  return { ...policy, wait: merge('policy.wait', wait, { mode: ['--mode', mode] }) ?? {} };
}

/** Options of their own, put into a JSON object that was given whole. */
function merge(
  place: string,
  given: JsonObject | undefined,
  options: Record<string, readonly [flag: string, value: string | undefined]>,
): JsonObject | undefined {
  const merged: JsonObject = { ...given };
  for (const [field, [flag, value]] of Object.entries(options)) {
    if (value === undefined) continue;
    if (field in merged)
      throw new UsageError(
        `${flag} and ${place}.${field} are both given: expected one of them. Leave out the other.`,
      );
    merged[field] = value;
  }
  return Object.keys(merged).length === 0 ? given : merged;
}
