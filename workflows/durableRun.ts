import {
  allHandlersFinished,
  CancellationScope,
  CancelledFailure,
  condition,
  continueAsNew,
  log,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { AskedFor, Target } from '../core/activities.ts';
import type { ResolvedRunInput, RunInput } from '../core/input.ts';
import type { Policy } from '../core/policy.ts';
import { isPast } from '../core/attempt.ts';
import {
  attemptNumber,
  beginProgress,
  countCalls,
  type CarriedRun,
  type CurrentAttempt,
  type RunProgress,
} from '../core/progress.ts';
import { recordUsage } from '../core/spending.ts';
import { buildReport, type EndedRun, type RunEnd, type RunReport } from '../core/report.ts';
import type { RunResult } from '../core/result.ts';
import { utf8Bytes } from '../core/json.ts';
import { searchAttributeNames } from '../core/searchAttributes.ts';
import { describeRun } from '../core/story.ts';
import { isSameRun, type RunTag } from '../core/tag.ts';
import { ToolLedger } from '../core/toolLedger.ts';
import { WakeUpInbox } from '../core/wakeUp.ts';
import { readWakeUp } from '../core/wakeUpSchema.ts';

/** Temporal refuses payloads of more than 2 MB, and what is carried over a continue-as-new is one with the input. */
const maximumCarriedBytes = 1_800_000;
const maximumToolCallBytes = { outputBytes: 1_000_000, callBytes: 400_000 };

/** Keywords are for searching; Temporal refuses an upsert of more than 2 kB. */
const maximumAttributeLength = 255;

const { KEYWORD } = SearchAttributeType;
const attributeKeys = {
  provider: defineSearchAttributeKey(searchAttributeNames.provider, KEYWORD),
  status: defineSearchAttributeKey(searchAttributeNames.status, KEYWORD),
  model: defineSearchAttributeKey(searchAttributeNames.model, KEYWORD),
  providerRunId: defineSearchAttributeKey(searchAttributeNames.providerRunId, KEYWORD),
};

/** One run's state, and how it shows itself. The steps of the story (`openaiRun.ts`) work on it. */
export class DurableRun {
  readonly id = workflowInfo().workflowId;
  readonly input: ResolvedRunInput;
  readonly progress: RunProgress;
  readonly inbox: WakeUpInbox;
  readonly ledger: ToolLedger;
  #ended: EndedRun | undefined;
  #doing = 'starting';

  constructor(input: ResolvedRunInput, carried: CarriedRun | undefined) {
    this.input = input;
    this.progress = carried?.progress ?? beginProgress(input.request, Date.now());
    this.inbox = new WakeUpInbox(carried?.inbox ?? { seenWebhookIds: [], waiting: [] });
    this.ledger = new ToolLedger(carried?.ledger ?? []);
  }

  /** By its own name, once the provider has been called: its account's choice may be another one later. */
  get target(): Target {
    return { provider: this.progress.provider ?? this.input.provider, account: this.input.account };
  }

  /** What a create and a submit are given of what the user asked for. */
  get asked(): Omit<AskedFor, 'tag'> {
    return { ...this.target, request: this.progress.request, tools: this.input.tools };
  }

  get policy(): Policy {
    return this.input.policy;
  }

  get current(): CurrentAttempt {
    if (this.progress.current === null) throw new Error('No attempt is under way.');
    return this.progress.current;
  }

  /** The tag of what is made next at the provider: an attempt, or what goes on with the outputs of its next tool round. */
  get tag(): RunTag {
    const { current } = this.progress;
    return {
      workflowId: this.id,
      executionId: workflowInfo().firstExecutionRunId,
      attempt: attemptNumber(this.progress),
      round: current === null ? 0 : current.rounds + 1,
    };
  }

  /** Time left until the total deadline; negative when it has passed. */
  get leftMs(): number {
    return this.progress.startedAtMs + this.policy.deadlines.totalMs - Date.now();
  }

  /** Takes in a webhook. What the bridge's calls for it cost is counted, even where it tells nothing new. */
  receive(payload: unknown): void {
    const wakeUp = readWakeUp(payload);
    if (wakeUp === undefined) {
      log.warn('A wake-up could not be read, and was dropped: expected what the bridge sends.');
      return;
    }
    if (wakeUp.account !== undefined && wakeUp.account !== this.input.account) {
      log.warn('A wake-up of another account was dropped.', { account: wakeUp.account });
      return;
    }
    countCalls(this.progress, wakeUp.calls ?? {});
    if (!isPast(this.progress, wakeUp.ref)) this.inbox.receive(wakeUp);
    // It is over, whatever it says now; but it may say what it has cost.
    else if (wakeUp.snapshot !== undefined) recordUsage(this.progress, wakeUp.snapshot);
  }

  /**
   * For when it is known what the attempt is at the provider: another thing with our tag is an orphan, made by a call whose reply was
   * lost. It is counted, and never acted on.
   */
  collectOrphans(): void {
    for (const { ref, tag, snapshot } of this.inbox.takeOthers(this.current.ref)) {
      if (!isSameRun(snapshot?.tag ?? tag, this.tag)) continue;
      // It may have come when this was what the attempt was about: then the attempt has gone on since.
      if (!isPast(this.progress, ref)) this.progress.orphans.push(ref);
      if (snapshot !== undefined) recordUsage(this.progress, snapshot);
    }
  }

  /** Counts a create or submit that is about to be sent although an earlier one may have worked. */
  countRepetition(): void {
    const { sending } = this.progress;
    if (sending.isRepetition) this.progress.recreations += 1;
    sending.isRepetition = false;
  }

  /** Says what the run is doing, in the Web UI's current details and in its report. Costs nothing. */
  note(doing: string): void {
    this.#doing = doing;
    setCurrentDetails(describeRun(this.target, this.progress, doing));
  }

  end(end: RunEnd): void {
    this.#ended = { end, atMs: Date.now() };
    this.note(end.status);
    this.publish(end.status);
  }

  /**
   * Brings the search attributes up to date: one history event and one billed action, so it is done at transitions that
   * matter, and not before a run has outlived its first wait. A run that a webhook ends upserts once.
   */
  publish(status: string): void {
    const attempt = this.progress.current ?? this.progress.ended.at(-1);
    const wanted = [
      { key: attributeKeys.provider, value: this.target.provider.slice(0, maximumAttributeLength) },
      { key: attributeKeys.status, value: status.slice(0, maximumAttributeLength) },
      { key: attributeKeys.model, value: this.progress.model?.slice(0, maximumAttributeLength) ?? null },
      { key: attributeKeys.providerRunId, value: attempt?.ref.id.slice(0, maximumAttributeLength) ?? null },
    ];
    const { typedSearchAttributes } = workflowInfo();
    const changed = wanted.filter(({ key, value }) => (typedSearchAttributes.get(key) ?? null) !== value);
    if (changed.length > 0) upsertSearchAttributes(changed);
  }

  report(): RunReport {
    return buildReport({ id: this.id, ...this.target, progress: this.progress }, this.#ended, this.#doing);
  }

  carry(): CarriedRun {
    const inbox = this.inbox.carry();
    const fixedBytes = utf8Bytes(JSON.stringify([this.input, this.progress, inbox]));
    const leftBytes = Math.max(0, maximumCarriedBytes - fixedBytes);
    const callBytes = Math.min(maximumToolCallBytes.callBytes, leftBytes);
    const outputBytes = Math.min(maximumToolCallBytes.outputBytes, leftBytes - callBytes);
    return { progress: this.progress, inbox, ledger: this.ledger.carry({ callBytes, outputBytes }) };
  }
}

/**
 * Goes on in a new execution when the history has grown long. For the places between steps: all that is known is in the run's
 * state then.
 */
export async function continueAsNewIfDue(run: DurableRun): Promise<void> {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  const { afterEvents } = run.policy.continueAsNew;
  if (!continueAsNewSuggested && (afterEvents === null || historyLength < afterEvents)) return;
  await condition(allHandlersFinished);
  await continueAsNew<(input: RunInput, carried: CarriedRun) => Promise<RunResult>>(run.input, run.carry());
}

/** For the places where a run must look itself whether it has been cancelled: after a step that is shielded from it. */
export function throwIfCancelled(): void {
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('The run was cancelled.');
}
