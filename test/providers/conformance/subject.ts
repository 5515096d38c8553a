import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../../../core/json.ts';
import { isTerminal, type ProviderRef, type Snapshot, type SnapshotStatus } from '../../../core/snapshot.ts';
import type { RunTag } from '../../../core/tag.ts';
import type { Account } from '../../../providers/account.ts';
import type { CallContext, CreateRequest, Provider, SubmitRequest } from '../../../providers/provider.ts';
import { ProviderRegistry } from '../../../providers/registry.ts';
import type { EndpointName } from '../../../simulator/http/endpoints.ts';
import type { Simulator } from '../../../simulator/index.ts';
import { CountingContext } from '../support.ts';
import { dialectOf, dialects, type CommonScript, type Dialect } from './dialects.ts';
import type { Server, Simulated } from './servers.ts';
import { tools } from './tools.ts';

export type SnapshotThatIs<Status extends SnapshotStatus> = Extract<Snapshot, { status: Status }>;

/** An attempt that has been created, and with what. */
export interface Begun {
  readonly tag: RunTag;
  readonly request: JsonObject;
  readonly snapshot: Snapshot;
}

/** A tag that no other test uses, nor an earlier run of the suite. */
export function newTag(): RunTag {
  return { workflowId: `conformance-${randomUUID()}`, executionId: randomUUID(), attempt: 1, round: 0 };
}

/** A provider at a server, and the steps that all tests take with it. */
export class Subject {
  readonly provider: Provider;
  readonly server: Server;
  readonly #name: string;

  constructor(name: string, server: Server) {
    this.#name = name;
    this.server = server;
    this.provider = this.providerWith({});
  }

  /** The same provider with another account. */
  providerWith(account: Partial<Account>): Provider {
    const whole = { ...this.server.account, ...account };
    return new ProviderRegistry([whole]).get(this.#name, whole.name).provider;
  }

  /** Only in tests that are skipped for a real server. */
  get simulated(): Simulated {
    if (this.server.simulated === undefined) throw new Error('A real server has no controls.');
    return this.server.simulated;
  }

  get simulator(): Simulator {
    return this.simulated.simulator;
  }

  get dialect(): Dialect {
    return dialectOf(this.#name);
  }

  /** The endpoint that a preparation asks, where there is one. */
  get preparation(): EndpointName | undefined {
    return dialects[this.#name]?.endpoints.prepare;
  }

  /** Back to an empty simulator; a real server stays as it is. */
  forget(): void {
    const { simulated } = this.server;
    if (simulated === undefined) return;
    simulated.simulator.reset();
    simulated.delivered.length = 0;
  }

  /** What the provider is asked to create; the simulator follows the script. */
  asking(given: Partial<CreateRequest> = {}, script?: CommonScript): CreateRequest {
    const request = script === undefined ? {} : this.dialect.scripted(script);
    return { tag: newTag(), input: 'What is 2+2?', inputDelivered: false, request, tools: [], ...given };
  }

  /** The request with which the next create makes the attempt itself. */
  async prepared(given: CreateRequest): Promise<CreateRequest> {
    if (this.preparation === undefined) return given;
    const reply = await this.provider.create(given, new CountingContext());
    if (reply.kind !== 'prepared') throw new Error('The dialect names an endpoint that prepares.');
    return { ...given, request: reply.request, inputDelivered: reply.inputDelivered };
  }

  /** Creates an attempt as the workflow does: what a preparation gives is what the next create gets. */
  async create(given: CreateRequest, context: CallContext = new CountingContext()): Promise<Begun> {
    const { tag } = given;
    const first = await this.provider.create(given, context);
    if (first.kind === 'created') return { tag, request: given.request, snapshot: first.snapshot };
    const { request, inputDelivered } = first;
    const second = await this.provider.create({ ...given, request, inputDelivered }, context);
    if (second.kind === 'created') return { tag, request, snapshot: second.snapshot };
    throw new Error('A create that was prepared was prepared again.');
  }

  /** {@link create}, by the simulator's script. */
  begin(script: CommonScript, given: Partial<CreateRequest> = {}): Promise<Begun> {
    return this.create(this.asking({ tools, ...given }, script));
  }

  /** Looks until the status is there; calls that are answered already do not count. */
  async follow<Status extends SnapshotStatus>(
    ref: ProviderRef,
    status: Status,
    answered: readonly string[] = [],
    context: CallContext = new CountingContext(AbortSignal.timeout(this.server.patienceMs)),
  ): Promise<SnapshotThatIs<Status>> {
    const endsAt = Date.now() + this.server.patienceMs;
    for (;;) {
      const snapshot = await this.provider.retrieve(ref, context);
      if (hasStatus(snapshot, status) && !isAnswered(snapshot, answered)) return snapshot;
      if (isTerminal(snapshot) || Date.now() > endsAt)
        throw new Error(`Expected ${status}, got ${JSON.stringify(snapshot)}.`);
      await sleep(this.server.pauseMs);
    }
  }

  /** An attempt that waits for the outputs of two calls, and then completes. */
  async beginWaiting(): Promise<{ begun: Begun; waiting: SnapshotThatIs<'requires_action'> }> {
    const calls = [
      { name: 'add', arguments: { a: 1, b: 2 } },
      { name: 'multiply', arguments: { a: 3, b: 4 } },
    ];
    const begun = await this.begin({ rounds: [calls] });
    return { begun, waiting: await this.follow(begun.snapshot.ref, 'requires_action') };
  }

  /** What submits an output for each call that is asked for. */
  answering({ tag, request }: Begun, waiting: SnapshotThatIs<'requires_action'>, round = 1): SubmitRequest {
    const outputs = waiting.toolCalls.map(({ callId, name }, index) => ({
      callId,
      output: `${name} gives ${index}`,
      failed: index > 0,
    }));
    return { tag: { ...tag, round }, ref: waiting.ref, request, tools, outputs };
  }
}

export function hasStatus<Status extends SnapshotStatus>(
  snapshot: Snapshot,
  status: Status,
): snapshot is SnapshotThatIs<Status> {
  return snapshot.status === status;
}

function isAnswered(snapshot: Snapshot, answered: readonly string[]): boolean {
  return (
    snapshot.status === 'requires_action' &&
    snapshot.toolCalls.every(({ callId }) => answered.includes(callId))
  );
}
