import {
  ApplicationFailure,
  WorkflowFailedError,
  defaultPayloadConverter,
  type WorkflowHandle,
} from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporal } from '@temporalio/proto';
import type { OpenAI } from 'openai';
import * as z from 'zod';
import type { JsonObject } from '../../core/json.ts';
import type { PolicyInput } from '../../core/policy.ts';
import type { RunReport } from '../../core/report.ts';
import type { RunResult } from '../../core/result.ts';
import { getSnapshotSchemas } from '../../core/snapshotSchema.ts';
import { createClient } from '../../providers/account.ts';
import {
  SCRIPT_KEY,
  type FaultRuleInput,
  type LogEntry,
  type ResponseScriptSource,
  type RunEntry,
  type ScriptSource,
} from '../../simulator/index.ts';
import { defineTool, type Tool, type ToolContext, type ToolOptions } from '../../tools/tool.ts';
import { runReportQuery, wakeUpSignal } from '../../workflows/messages.ts';
import type { openaiRun } from '../../workflows/openaiRun.ts';
import { dialect } from '../support/presentDialect.ts';
import type { Harness } from '../support/harness.ts';

const { WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND } = temporal.api.enums.v1.WorkflowTaskFailedCause;

export type RunHandle = WorkflowHandle<typeof openaiRun>;

/** A policy in milliseconds where the default is in seconds. Sections that are given replace single numbers. */
export function quickPolicy(given: PolicyInput = {}): PolicyInput {
  return {
    ...given,
    wait: { initialMs: 30, factor: 1.5, maximumMs: 80, totalMs: null, ...given.wait },
    deadlines: { totalMs: 3_600_000, ...given.deadlines },
    restarts: { initialMs: 20, maximumMs: 40, ...given.restarts },
    calls: { timeoutMs: 5_000, initialMs: 10, maximumMs: 20, maximumAttempts: 4, ...given.calls },
    lostCreate: { settleMs: 40, webhookMs: 30_000, ...given.lostCreate },
    cancel: { confirmMs: 60, ...given.cancel },
  };
}

/** A policy under which only a webhook, or a limit, can wake the run within a test's time. */
export function webhookPolicy(given: PolicyInput = {}): PolicyInput {
  return quickPolicy({
    ...given,
    wait: { mode: 'webhook', initialMs: 30_000, maximumMs: 30_000, ...given.wait },
  });
}

/** A total deadline that comes soon, and not before an attempt is under way: not even on a machine that has a lot to do. */
export const deadlineMs = 6_000;

export { dialect };

/** The request of a run that the simulator is to handle by this script. */
export function scripted(script: ScriptSource | ResponseScriptSource, request: JsonObject = {}): JsonObject {
  const text = JSON.stringify('attempts' in script ? { ...dialect.attemptScript, ...script } : script);
  if (text.length > 512) throw new Error(`The script has ${text.length} characters; metadata takes 512.`);
  return { ...request, metadata: { [SCRIPT_KEY]: text } };
}

/** The simulator's client, for what happens outside of a run: threads made beforehand, runs of other people. */
export function openThreads(harness: Harness): OpenAI.Beta.Threads {
  return createClient(harness.account).beta.threads;
}

/** What the simulator saw of one run: the ground truth. */
export function logOf(harness: Harness, workflowId: string): RunLog {
  const entries = (): LogEntry[] =>
    harness.simulator.log.entries({ metadata: { durable_run_id: workflowId }, related: true });
  const counts = (): Record<string, number> =>
    harness.simulator.log.counts({ metadata: { durable_run_id: workflowId }, related: true });
  // Only the run's own: others may have been on its thread.
  const runEntries = (): RunEntry[] =>
    entries()
      .filter((entry) => entry.kind === 'run')
      .filter((entry) => entry.metadata['durable_run_id'] === workflowId);
  return {
    entries,
    counts,
    submits: () => (counts()[dialect.endpoints.submit] ?? 0) - dialect.requestsBeforeSubmit,
    providerRuns: () => [...new Set(runEntries().map((entry) => entry.runId))],
    statuses: (runId) =>
      runEntries()
        .filter((entry) => runId === undefined || entry.runId === runId)
        .map((entry) => entry.to),
    active: () => {
      const last = new Map(runEntries().map((entry) => [entry.runId, entry.to]));
      return [...last].filter(([, status]) => !endStatuses.has(status)).map(([runId]) => runId);
    },
  };
}

export interface RunLog {
  entries(): LogEntry[];
  /** Requests by endpoint, unanswered ones included. */
  counts(): Record<string, number>;
  /** Requests that brought tool outputs, unanswered ones included, of a run that was created once. */
  submits(): number;
  /** The ids of the provider's runs, in the order of their creation. */
  providerRuns(): string[];
  /** The statuses gone through, of one provider's run or of all. */
  statuses(runId?: string): string[];
  /** Runs that the provider still works on. */
  active(): string[];
}

const endStatuses = new Set(['completed', 'failed', 'incomplete', 'cancelled', 'expired']);

/** A bound against hanging, like the tests' own. */
const patienceMs = 50_000;

/** Waits until the simulator has logged such an entry about this run. */
export async function seen(
  harness: Harness,
  workflowId: string,
  wanted: (entry: LogEntry) => boolean,
): Promise<void> {
  await harness.simulator.log.waitFor(
    (entry) => entry.metadata['durable_run_id'] === workflowId && wanted(entry),
    patienceMs,
  );
}

/** Waits until the run says this of itself. */
export async function doing(handle: RunHandle, words: string | RegExp): Promise<RunReport> {
  return until(async () => {
    const report = await handle.query(runReportQuery);
    return report.doing.match(words) === null ? undefined : report;
  });
}

/** Asks again and again, until there is an answer. */
export async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (const endsAt = Date.now() + patienceMs; Date.now() < endsAt; await sleep(20)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
  }
  throw new Error('It never came to that.');
}

/** The ids of all that a result says was made for its attempts, in order. */
export function madeIds({ attempts }: RunResult): string[] {
  return attempts.flatMap(({ earlierRefs, ref }) => [...earlierRefs, ref].map(({ id }) => id));
}

/** How many things one attempt makes at the provider that goes through so many rounds of tools. */
export function madeIn(rounds: number): number {
  return dialect.makesNewRefs ? rounds + 1 : 1;
}

export function newRunId(): string {
  return `run-${randomUUID()}`;
}

/** Makes the simulator fail this run's requests; those of the runs beside it go through. */
export function addFault(
  harness: Harness,
  workflowId: string,
  on: EndpointRule['on'],
  fault: EndpointRule['fault'],
  { times = 1, after = 0 }: { times?: number | null; after?: number } = {},
): void {
  harness.simulator.addFault({
    on,
    fault,
    times,
    after,
    match: { metadata: { durable_run_id: workflowId } },
  });
}

/** Interferes with the delivery of this run's webhooks. */
export function addWebhookFault(
  harness: Harness,
  workflowId: string,
  on: WebhookRule['on'],
  fault: WebhookRule['fault'],
  { times = 1, after = 0 }: { times?: number | null; after?: number } = {},
): void {
  harness.simulator.addFault({
    on,
    fault,
    times,
    after,
    match: { metadata: { durable_run_id: workflowId } },
  });
}

/** Ends what the run waits for, by a webhook that says it has failed: now, so that what it comes after is certain. */
export async function tellFailed(handle: RunHandle): Promise<void> {
  const { current } = await doing(handle, /^waiting/);
  const ref = current?.ref ?? { id: '' };
  const error = { code: 'invalid_prompt', message: 'Not like this.' };
  await handle.signal(wakeUpSignal, {
    webhookId: 'wh_end',
    eventType: `${dialect.eventPrefix}failed`,
    ref,
    snapshot: { ref, status: 'failed', error },
  });
}

/** Waits for the next webhook of this run that a fault loses, and delivers it after all: now, so that what it comes after is certain. */
export async function deliverLost(harness: Harness, workflowId: string): Promise<void> {
  const { simulator } = harness;
  const filter = { metadata: { durable_run_id: workflowId }, state: 'lost' } as const;
  const delivery = await until(async () => simulator.deliveries(filter)[0]);
  const url = `${simulator.url}/_simulator/deliveries/${delivery.webhookId}/redeliver`;
  await fetch(url, { method: 'POST' });
  const { status } = delivery.tries.at(-1) ?? {};
  if (status !== 200) throw new Error(`The lost webhook was answered ${status}.`);
}

type WebhookRule = Extract<FaultRuleInput, { on: `webhook:${string}` }>;
type EndpointRule = Exclude<FaultRuleInput, WebhookRule>;

interface LostReply {
  readonly name: string;
  readonly fault: EndpointRule['fault'];
}

/** A paid call that has done its work, and whose reply … */
export const lostAfterWork: readonly LostReply[] = [
  { name: 'was lost with the connection', fault: { kind: 'drop_reply' } },
  { name: 'was lost as the connection was reset', fault: { kind: 'reset', when: 'after' } },
  { name: 'was cut off', fault: { kind: 'truncate' } },
  { name: 'was cut off with the connection', fault: { kind: 'truncate', cut: true } },
  { name: 'was a page of HTML', fault: { kind: 'html', status: 502, when: 'after' } },
  { name: 'was a page of HTML that says 200', fault: { kind: 'html', status: 200, when: 'after' } },
  { name: 'was an error of the server', fault: { kind: 'status', status: 500, when: 'after' } },
];

/** A paid call that has done nothing, of which its caller cannot know: … */
export const lostBeforeWork: readonly LostReply[] = [
  { name: 'the connection was reset', fault: { kind: 'reset' } },
  { name: 'the server failed', fault: { kind: 'status', status: 500 } },
  { name: 'a proxy answered', fault: { kind: 'html', status: 502 } },
];

/** Waits until the provider's run has reached this status. */
export function reached(harness: Harness, workflowId: string, status: string): Promise<void> {
  return seen(harness, workflowId, (entry) => entry.kind === 'run' && entry.to === status);
}

/** The run as the provider has it: the newest that was made for this workflow. */
export function providerRun(harness: Harness, workflowId: string): { id: string; threadId: string } {
  const isOurs = ({ metadata }: { metadata: Record<string, string> | null }): boolean =>
    metadata?.['durable_run_id'] === workflowId;
  const { simulator } = harness;
  const run = simulator.runs().findLast(isOurs);
  if (run !== undefined) return { id: run.id, threadId: run.thread_id };
  const response = simulator.responses().findLast(isOurs);
  if (response !== undefined) return { id: response.id, threadId: '' };
  throw new Error('The provider has no such run.');
}

/** What the provider has of tokens for everything that was made for this workflow, whoever knows of it. */
export function tokensSpent({ simulator }: Harness, workflowId: string): number {
  return [...simulator.runs(), ...simulator.responses()]
    .filter(({ metadata }) => metadata?.['durable_run_id'] === workflowId)
    .reduce((total, { usage }) => total + (usage?.total_tokens ?? 0), 0);
}

/** The roles of a thread's messages, oldest first. */
export async function rolesIn(harness: Harness, threadId: string): Promise<string[]> {
  const page = await openThreads(harness).messages.list(threadId, { order: 'asc' });
  return page.data.map((message) => message.role);
}

/** The failure of a run that did not complete. */
export interface RunFailure {
  readonly type: string;
  readonly message: string;
  readonly nonRetryable: boolean;
  readonly result: RunResult;
}

export async function failureOf(handle: RunHandle): Promise<RunFailure> {
  const failure = await applicationFailureOf(handle);
  const result = failure.details?.[0];
  if (!isRunResult(result)) throw new Error('The failure carries no result.');
  return {
    type: failure.type ?? '',
    message: failure.message,
    nonRetryable: failure.nonRetryable ?? false,
    result,
  };
}

export async function applicationFailureOf(handle: RunHandle): Promise<ApplicationFailure> {
  const cause = await causeOf(handle);
  if (cause instanceof ApplicationFailure) return cause;
  throw new Error(`Expected an ApplicationFailure, got ${String(cause)}.`);
}

/** Why the workflow did not complete: an ApplicationFailure, or a CancelledFailure. */
export async function causeOf(handle: RunHandle): Promise<unknown> {
  try {
    await handle.result();
  } catch (error) {
    if (error instanceof WorkflowFailedError) return error.cause;
    throw error;
  }
  throw new Error('Expected the workflow to fail; it completed.');
}

/** Every field of a result, so that a failure's details can be shown to hold all of it. */
const runResultSchema = z.strictObject({
  id: z.string(),
  status: z.string(),
  provider: z.string(),
  account: z.string(),
  model: z.string().nullable(),
  text: z.string().nullable(),
  parsed: z.json(),
  refusal: z.string().nullable(),
  items: z.array(z.json()).nullable(),
  omittedBytes: z.int().nullable(),
  error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
  attempts: z.array(z.object({ number: z.int(), outcome: z.string() })),
  usage: z.strictObject(getSnapshotSchemas().usageSchema.shape),
  calls: z.record(z.string(), z.int()),
  toolRounds: z.int(),
  toolCalls: z.int(),
  toolCallsReused: z.int(),
  recreations: z.int(),
  orphans: z.array(getSnapshotSchemas().refSchema),
  learntFrom: z.enum(['webhook', 'check']).nullable(),
  timings: z.object({ startedAtMs: z.int(), endedAtMs: z.int() }),
});

function isRunResult(value: unknown): value is RunResult {
  return runResultSchema.safeParse(value).success;
}

/** What Temporal's history holds of one execution. */
export interface RunHistory {
  readonly events: number;
  readonly activities: readonly { readonly type: string; readonly summary: string }[];
  /** Summaries of the timers, in the order they were started. */
  readonly timers: readonly string[];
  readonly timersFired: number;
  readonly timersCancelled: number;
  readonly signals: number;
  readonly upserts: number;
  /** Without those that are Temporal's way: a signal that comes while a workflow ends or continues has its last task done again. */
  readonly workflowTaskFailures: number;
  readonly continuedAsNewTo: string | undefined;
  readonly firstExecutionRunId: string;
  /** What an earlier execution handed over; undefined for the first. */
  readonly carried: unknown;
  /** What was submitted, round after round: the outputs that the model reads. */
  readonly submitted: readonly (readonly string[])[];
  /** Tries of each activity that ended well or for good, by type. */
  readonly tries: readonly { readonly type: string; readonly tries: number }[];
  /** Kinds of events in order, as far as they tell when the provider was asked. */
  readonly order: readonly string[];
}

export async function historyOf(handle: Pick<RunHandle, 'fetchHistory'>): Promise<RunHistory> {
  const { events } = await handle.fetchHistory();
  const all = events ?? [];
  const scheduled = all.flatMap((event) => {
    const attributes = event.activityTaskScheduledEventAttributes;
    const type = attributes?.activityType?.name;
    if (!type) return [];
    const eventId = String(event.eventId);
    const input = readPayload(attributes.input?.payloads?.[0]);
    return [{ type, eventId, input, summary: summaryOf(event.userMetadata?.summary) }];
  });
  const typeOf = new Map(scheduled.map(({ eventId, type }) => [eventId, type]));
  return {
    events: all.length,
    activities: scheduled.map(({ type, summary }) => ({ type, summary })),
    submitted: scheduled
      .filter(({ type }) => type === 'submitToolOutputs')
      .map(({ input }) => submitSchema.parse(input).outputs.map(({ output }) => output)),
    tries: all.flatMap((event) => {
      const started = event.activityTaskStartedEventAttributes;
      if (!started) return [];
      return [{ type: typeOf.get(String(started.scheduledEventId)) ?? '', tries: started.attempt ?? 0 }];
    }),
    carried: readPayload(all[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[1]),
    firstExecutionRunId: all[0]?.workflowExecutionStartedEventAttributes?.firstExecutionRunId ?? '',
    timers: all
      .filter((event) => event.timerStartedEventAttributes)
      .map((event) => summaryOf(event.userMetadata?.summary)),
    timersFired: all.filter((event) => event.timerFiredEventAttributes).length,
    timersCancelled: all.filter((event) => event.timerCanceledEventAttributes).length,
    signals: all.filter((event) => event.workflowExecutionSignaledEventAttributes).length,
    upserts: all.filter((event) => event.upsertWorkflowSearchAttributesEventAttributes).length,
    workflowTaskFailures: all.filter(({ workflowTaskFailedEventAttributes: failed }) => {
      return failed && failed.cause !== WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND;
    }).length,
    continuedAsNewTo:
      all
        .map((event) => event.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId)
        .find((runId) => typeof runId === 'string') ?? undefined,
    order: all.flatMap((event) => {
      if (event.timerFiredEventAttributes) return ['timer fired'];
      if (event.workflowExecutionSignaledEventAttributes) return ['signal'];
      const type = event.activityTaskScheduledEventAttributes?.activityType?.name;
      return type ? [type] : [];
    }),
  };
}

type Payload = Parameters<typeof defaultPayloadConverter.fromPayload>[0];

function readPayload(payload: Payload | null | undefined): unknown {
  return payload ? defaultPayloadConverter.fromPayload(payload) : undefined;
}

function summaryOf(payload: Payload | null | undefined): string {
  const value = readPayload(payload);
  return typeof value === 'string' ? value : '';
}

const submitSchema = z.object({ outputs: z.array(z.object({ output: z.string() })) });

/** The histories of all executions of a run that continued as new, in order. */
export async function chainOf(harness: Harness, handle: RunHandle): Promise<RunHistory[]> {
  const chain: RunHistory[] = [];
  let runId: string | undefined = (await historyOf(handle)).firstExecutionRunId;
  while (runId !== undefined) {
    const history = await historyOf(harness.client.workflow.getHandle(handle.workflowId, runId));
    chain.push(history);
    runId = history.continuedAsNewTo;
  }
  return chain;
}

/** How often each activity type was scheduled. */
export function countActivities(history: RunHistory): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { type } of history.activities) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}

/** One execution of a test's tool. */
export interface Execution {
  readonly callId: string;
  readonly idempotencyKey: string;
  readonly attempt: number;
}

export interface RecordingTool {
  readonly tool: Tool;
  /** Executions, retried ones included, for this run. */
  executions(workflowId: string): Execution[];
}

/** A tool that remembers its executions. Its one argument, `n`, is there to tell calls apart. */
export function recordingTool(
  name: string,
  execute: (n: number, context: ToolContext) => unknown = (n) => n,
  options: Partial<Pick<ToolOptions<z.ZodObject>, 'timeoutMs' | 'retry' | 'reuseAfterRestart'>> = {},
): RecordingTool {
  const executions: Execution[] = [];
  return {
    tool: defineTool({
      name,
      description: `A tool for tests: ${name}`,
      parameters: z.object({ n: z.number() }),
      execute: ({ n }, context) => {
        const { callId, idempotencyKey, attempt } = context;
        executions.push({ callId, idempotencyKey, attempt });
        return execute(n, context);
      },
      ...options,
    }),
    executions: (workflowId) =>
      executions.filter(({ idempotencyKey }) => idempotencyKey.startsWith(`${workflowId}/`)),
  };
}
