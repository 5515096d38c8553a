import type { Timer } from '../clock.ts';
import type { Metadata } from '../assistants/objects.ts';
import type { ResponseScript } from '../script/format.ts';
import type { StreamJournal } from './journal.ts';
import type { IncompleteReason, Item, OutputItem, ResponseError, ResponseUsage } from './objects.ts';
import type { ResponseBody } from './schemas.ts';

/** Where a response stands; a status carries what only it has. */
export type ResponseState =
  | { status: 'queued' }
  | { status: 'in_progress' }
  /** A scripted status that is not in the API's list. */
  | { status: 'unknown'; shown: string }
  | EndedState;

export type EndedState =
  | { status: 'completed'; atMs: number }
  | { status: 'failed'; atMs: number; error: ResponseError }
  | { status: 'incomplete'; atMs: number; reason: IncompleteReason }
  | { status: 'cancelled'; atMs: number };

/** What a new response is made of. */
export interface NewResponse {
  /** The request body, checked; never changes. */
  readonly body: ResponseBody;
  /** Replaced only by a fault. */
  script: ResponseScript;
  /** How many attempts came before it; a continuation shares its parent's. */
  readonly attempt: number;
  readonly metadata: Metadata;
  readonly previousId: string | null;
  readonly conversationId: string | null;
  /** The conversation, or the first response of the chain: what belongs together in the log. */
  readonly chainId: string | null;
  /** Everything said before, oldest first. A copy: deleting the parent changes nothing here. */
  readonly history: readonly Item[];
  readonly input: readonly Item[];
}

/** What of a response its answer depends on. */
export type TurnInput = Pick<NewResponse, 'body' | 'history' | 'input'>;

/** A response as the engine keeps it; only the engine changes it. */
export interface ResponseRecord extends Omit<NewResponse, 'script'> {
  readonly id: string;
  readonly chainId: string;
  script: ResponseScript;
  readonly createdAtMs: number;
  state: ResponseState;
  output: OutputItem[];
  usage: ResponseUsage | null;
  /** What it has cost so far, also where the API tells no usage; null before it works. */
  spent: ResponseUsage | null;
  /** The events of its stream; null unless it was created with `stream`, and once nobody may read them any more. */
  journal: StreamJournal | null;
  /** The next step of the lifecycle. */
  step: Timer | null;
  /** When it is forgotten, or its stream is. */
  retention: Timer[];
  /** Called once it has ended. */
  readonly waiting: Set<() => void>;
}

/** Whether the response has ended. */
export function hasEnded(state: ResponseState): state is EndedState {
  switch (state.status) {
    case 'completed':
    case 'failed':
    case 'incomplete':
    case 'cancelled':
      return true;
    case 'queued':
    case 'in_progress':
    case 'unknown':
      return false;
  }
}

/** The status as the API shows it. */
export function shownStatus(state: ResponseState): string {
  return state.status === 'unknown' ? state.shown : state.status;
}
