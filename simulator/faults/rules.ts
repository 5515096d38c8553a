import { z } from 'zod';
import { badRequest } from '../errors.ts';
import type { IdFactory } from '../ids.ts';
import { containsAll } from '../log.ts';
import type { Log, Subject } from '../log.ts';
import type { Chance } from '../random.ts';
import type { EndpointName } from '../http/endpoints.ts';
import { httpRule, webhookRule } from './table.ts';
import type { FaultRuleInput, HttpFault, WebhookFault } from './table.ts';

interface Progress {
  id: string;
  times: number | null;
  /** How many requests or tries it matched. */
  matched: number;
  /** How many times it was applied. */
  applied: number;
}

/** A rule in force, and what became of it. */
export type ActiveRule =
  | ({ target: 'http' } & z.output<typeof httpRule> & Progress)
  | ({ target: 'webhook' } & z.output<typeof webhookRule> & Progress);

const targeted = z.looseObject({ on: z.string() });

/** The fault rules in force, in the order they were added; the first that matches and is not used up is applied. */
export class FaultRules {
  readonly #nextId: IdFactory;
  readonly #log: Log;
  readonly #chance: Chance;
  #rules: ActiveRule[] = [];

  constructor(nextId: IdFactory, log: Log, chance: Chance) {
    this.#nextId = nextId;
    this.#log = log;
    this.#chance = chance;
  }

  /** @throws ApiError 400 that says what is wrong with the rule. */
  add(input: FaultRuleInput): ActiveRule {
    return this.addUnchecked(input);
  }

  /** {@link add} for a rule that came over the wire. */
  addUnchecked(input: unknown): ActiveRule {
    const rule = this.#parse(input);
    if (this.#rules.some(({ id }) => id === rule.id))
      throw badRequest(`There is already a fault rule '${rule.id}'.`);
    this.#rules.push(rule);
    return rule;
  }

  list(): readonly ActiveRule[] {
    return this.#rules;
  }

  /** Removes one rule, or all; whether there was any. */
  remove(id?: string): boolean {
    const before = this.#rules.length;
    this.#rules = id === undefined ? [] : this.#rules.filter((rule) => rule.id !== id);
    return this.#rules.length < before;
  }

  /** The fault for a request to `endpoint` about `subject`, if a rule has one; applying it is logged. */
  takeHttp(endpoint: EndpointName | 'unknown', subject: Subject): HttpFault | undefined {
    for (const rule of this.#rules) {
      if (rule.target === 'http' && this.#use(rule, endpoint, '*', subject)) return rule.fault;
    }
    return undefined;
  }

  /** The fault for a try to deliver an event of `type` about `subject`, if a rule has one; applying it is logged. */
  takeWebhook(type: string, subject: Subject): WebhookFault | undefined {
    for (const rule of this.#rules) {
      if (rule.target === 'webhook' && this.#use(rule, `webhook:${type}`, 'webhook:*', subject))
        return rule.fault;
    }
    return undefined;
  }

  #use(rule: ActiveRule, on: string, wildcard: string, subject: Subject): boolean {
    if (rule.on !== on && rule.on !== wildcard) return false;
    if (rule.match?.threadId !== undefined && rule.match.threadId !== subject.threadId) return false;
    if (rule.match?.runId !== undefined && rule.match.runId !== subject.runId) return false;
    if (!containsAll(subject.metadata, rule.match?.metadata ?? {})) return false;
    rule.matched += 1;
    if (rule.matched <= rule.after) return false;
    if (rule.times !== null && rule.applied >= rule.times) return false;
    if (rule.rate !== undefined && this.#chance.fraction(`fault ${rule.id} ${rule.matched}`) >= rule.rate)
      return false;
    rule.applied += 1;
    this.#log.append({ kind: 'fault', ruleId: rule.id, on, fault: rule.fault.kind, ...subject });
    return true;
  }

  #parse(input: unknown): ActiveRule {
    if (targeted.safeParse(input).data?.on.startsWith('webhook:')) {
      const rule = parse(webhookRule, input);
      return { target: 'webhook', ...rule, ...this.#progressOf(rule) };
    }
    const rule = parse(httpRule, input);
    return { target: 'http', ...rule, ...this.#progressOf(rule) };
  }

  #progressOf({ id, times, rate }: Pick<z.output<typeof httpRule>, 'id' | 'times' | 'rate'>): Progress {
    const often = times === undefined ? (rate === undefined ? 1 : null) : times;
    return { id: id ?? this.#nextId('fault'), times: often, matched: 0, applied: 0 };
  }
}

function parse<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw badRequest(`Not a fault rule: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`);
}
