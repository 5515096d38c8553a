import type { ProviderActivities } from '../core/activities.ts';
import type { CallKind } from '../core/calls.ts';
import type { ProviderRegistry } from '../providers/registry.ts';
import { invalidRequest } from '../providers/problem.ts';
import type { ToolDefinition } from '../providers/provider.ts';
import type { ToolRegistry } from '../tools/registry.ts';
import { ActivityCallContext } from './callContext.ts';
import { toFailure } from './providerFailure.ts';

export interface ActivityDependencies {
  readonly providers: ProviderRegistry;
  readonly tools: ToolRegistry;
}

/** The activities that call a provider: each finds it, calls it once, and reports what came of it and how many requests that took. */
export function createProviderActivities({ providers, tools }: ActivityDependencies): ProviderActivities {
  return {
    createRun({ provider, account, tools: toolNames, ...given }) {
      return callOnce('create', false, async (context) =>
        providers
          .get(provider, account)
          .create({ ...given, tools: toolNames.map((name) => defineForModel(tools, name)) }, context),
      );
    },

    findRun({ provider, account, tag, request }) {
      return callOnce('find', true, async (context) => {
        const found = await providers.get(provider, account).findByTag?.(tag, request, context);
        return found ?? { kind: 'not_found' };
      });
    },

    retrieveRun({ provider, account, ref }) {
      return callOnce('retrieve', true, async (context) => ({
        snapshot: await providers.get(provider, account).retrieve(ref, context),
      }));
    },

    submitToolOutputs({ provider, account, ref, outputs }) {
      return callOnce('submitToolOutputs', true, async (context) => ({
        snapshot: await providers.get(provider, account).submitToolOutputs(ref, outputs, context),
      }));
    },

    cancelRun({ provider, account, ref }) {
      return callOnce('cancel', true, async (context) => ({
        snapshot: await providers.get(provider, account).cancel(ref, context),
      }));
    },
  };
}

async function callOnce<Reply extends object>(
  kind: CallKind,
  repeatable: boolean,
  call: (context: ActivityCallContext) => Promise<Reply>,
): Promise<Reply & { calls: ReturnType<ActivityCallContext['callsOfAllTries']> }> {
  const context = new ActivityCallContext();
  try {
    const reply = await call(context);
    return { ...reply, calls: context.callsOfAllTries(kind) };
  } catch (error) {
    throw toFailure(error, repeatable, context.callsOfAllTries(kind));
  }
}

function defineForModel(tools: ToolRegistry, name: string): ToolDefinition {
  const tool = tools.get(name);
  if (tool === undefined) {
    throw invalidRequest(
      `tools: there is no tool '${name}' in the worker; known: ${tools.names.join(', ') || 'none'}.`,
    );
  }
  return { name, description: tool.description, parameters: tool.parameters };
}
