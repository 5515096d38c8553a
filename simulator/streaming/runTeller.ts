import type { RunObject, ThreadObject } from '../assistants/objects.ts';
import type { RunRecord } from '../runs/record.ts';
import { renderStep } from '../runs/renderStep.ts';
import type { StepRecord } from '../runs/stepRecord.ts';
import type { Store } from '../store.ts';
import { callsTold, messageTold, stepBegins, stepEnds } from './stepEvents.ts';
import type { StepEvent } from './stepEvents.ts';

/** What a streamed run tells. */
export type RunEvent =
  | StepEvent
  | { event: 'thread.created'; data: ThreadObject }
  | { event: `thread.run.${string}`; data: RunObject };

/** The statuses in the API's list: any other has no event. */
const TOLD = new Set([
  'queued',
  'in_progress',
  'requires_action',
  'cancelling',
  'cancelled',
  'failed',
  'completed',
  'incomplete',
  'expired',
]);
/** Where a stream has no more to tell: the run has ended, or waits for somebody else. */
const LAST = new Set(['requires_action', 'cancelled', 'failed', 'completed', 'incomplete', 'expired']);

/** Turns the status changes of one run into the events of one stream of it. */
export class RunTeller {
  readonly #run: RunRecord;
  readonly #store: Store;
  /** The steps that were told: open ones, and those that have ended. */
  readonly #told = new Map<string, 'open' | 'ended'>();

  /** Steps that are there already count as told. */
  constructor(run: RunRecord, store: Store) {
    this.#run = run;
    this.#store = store;
    for (const step of run.steps) this.#told.set(step.id, step.end === null ? 'open' : 'ended');
  }

  /** The events of a change: what the run did first, then its new status. */
  tell(run: RunObject): RunEvent[] {
    const steps = this.#run.steps.flatMap((step) => this.#tellStep(step));
    return TOLD.has(run.status) ? [...steps, { event: `thread.run.${run.status}`, data: run }] : steps;
  }

  /** Whether a stream ends with this change. */
  isLast(run: RunObject): boolean {
    return LAST.has(run.status);
  }

  #tellStep(step: StepRecord): RunEvent[] {
    const before = this.#told.get(step.id);
    if (before === 'ended') return [];
    this.#told.set(step.id, step.end === null ? 'open' : 'ended');
    const object = renderStep(this.#run, step);
    const begun =
      before === 'open' ? [] : [...stepBegins(object), ...this.#tellContent(step), ...callsTold(object)];
    return [...begun, ...stepEnds(object)];
  }

  #tellContent({ details }: StepRecord): RunEvent[] {
    if (details.type !== 'message_creation' || !this.#store.findThread(this.#run.threadId)) return [];
    const message = this.#store
      .messages(this.#run.threadId)
      .find((candidate) => candidate.id === details.messageId);
    return message ? messageTold(message) : [];
  }
}
