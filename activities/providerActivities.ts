import type { CallFacts, ProviderActivities, Target } from '../core/activities.ts';
import type { CallKind } from '../core/calls.ts';
import { fitSnapshot } from '../core/fitSnapshot.ts';
import type { ProviderRegistry } from '../providers/registry.ts';
import { invalidRequest, ProblemError } from '../providers/problem.ts';
import type { Provider, ToolDefinition } from '../providers/provider.ts';
import type { ToolRegistry } from '../tools/registry.ts';
import { ActivityCallContext } from './callContext.ts';
import { toFailure, type RetryFacts } from './providerFailure.ts';

export interface ActivityDependencies {
  readonly providers: ProviderRegistry;
  readonly tools: ToolRegistry;
}

/** For a call that does no harm when it is repeated, of a run that has reached the provider before. */
const harmless: RetryFacts = { repeatable: true, isFirstContact: false };

/** The activities that call a provider: each finds it, calls it once, and reports what came of it and how many requests that took. */
export function createProviderActivities({ providers, tools }: ActivityDependencies): ProviderActivities {
  async function callOnce<Reply extends object>(
    target: Target,
    kind: CallKind,
    facts: RetryFacts,
    call: (provider: Provider, context: ActivityCallContext) => Promise<Reply>,
  ): Promise<Reply & CallFacts> {
    const context = new ActivityCallContext();
    let name: string | undefined;
    try {
      const { name: found, provider } = providers.get(target.provider, target.account);
      name = found;
      const reply = await call(provider, context);
      return { ...reply, calls: context.callsOfAllTries(kind), provider: name };
    } catch (error) {
      throw toFailure(error, facts, context.callsOfAllTries(kind), name);
    }
  }

  return {
    createRun(given) {
      const { tag, input, inputDelivered, request } = given;
      const isFirstContact = tag.attempt === 1 && !inputDelivered;
      return callOnce(given, 'create', { repeatable: false, isFirstContact }, async (provider, context) => {
        const asked = { request, tools: defineForModel(tools, given.tools, true) };
        const created = await provider.create({ ...asked, tag, input, inputDelivered }, context);
        return created.kind === 'created' ? { ...created, snapshot: fitSnapshot(created.snapshot) } : created;
      });
    },

    findRun({ tag, request, submittedTo, ...target }) {
      const lost = { tag, request, ...(submittedTo === undefined ? {} : { submittedTo }) };
      return callOnce(target, 'find', harmless, async (provider, context) => {
        const found = await provider.find(lost, context);
        return found.kind === 'found' ? { ...found, snapshot: fitSnapshot(found.snapshot) } : found;
      });
    },

    retrieveRun({ ref, ...target }) {
      return callOnce(target, 'retrieve', harmless, async (provider, context) => ({
        snapshot: fitSnapshot(await provider.retrieve(ref, context)),
      }));
    },

    submitToolOutputs(given) {
      const { tag, ref, outputs, request } = given;
      const facts: RetryFacts = { repeatable: false, isFirstContact: false };
      return callOnce(given, 'submitToolOutputs', facts, async (provider, context) => {
        const asked = { request, tools: defineForModel(tools, given.tools, false) };
        const snapshot = await provider.submitToolOutputs({ ...asked, tag, ref, outputs }, context);
        return { snapshot: fitSnapshot(snapshot) };
      });
    },

    cancelRun({ ref, ...target }) {
      return callOnce(target, 'cancel', harmless, async (provider, context) => ({
        snapshot: fitSnapshot(await provider.cancel(ref, context)),
      }));
    },
  };
}

/** A create that names a tool which the worker has not is refused. A submit is too late for that: a worker that has it may come by. */
function defineForModel(tools: ToolRegistry, names: readonly string[], isCreate: boolean): ToolDefinition[] {
  return names.map((name) => {
    const tool = tools.get(name);
    if (tool !== undefined) return { name, description: tool.description, parameters: tool.parameters };
    const known = tools.names.join(', ') || 'none';
    const { problem } = invalidRequest(`tools: there is no tool '${name}' in the worker; known: ${known}.`);
    throw new ProblemError(isCreate ? problem : { ...problem, retry: { kind: 'backoff' } });
  });
}
