import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../http/context.ts';
import { streamEvents } from '../streaming/sse.ts';
import { notStreamable, streamTooOld } from './errors.ts';
import { RESUMABLE_MS } from './journal.ts';
import type { JournalEvent, StreamJournal } from './journal.ts';
import type { ResponseRecord } from './record.ts';

/** Deltas are padded to a multiple of this, so that their size does not tell their text. */
const OBFUSCATION_STEP = 16;

/** Answers a create with the response's stream; in the foreground the response ends with the connection. */
export function streamResponse(
  request: FastifyRequest,
  reply: FastifyReply,
  { responses }: Context,
  response: ResponseRecord,
  journal: StreamJournal,
): FastifyReply {
  const obfuscate = response.body.stream_options?.include_obfuscation ?? true;
  return tell(request, reply, journal, { startingAfter: -1, obfuscate }, () => responses.abandon(response));
}

/**
 * Answers with what a stream has told since, and goes on with it.
 * @throws ApiError 400 for a response that was not streamed in the background, and for one that is too old.
 */
export function resumeStream(
  request: FastifyRequest,
  reply: FastifyReply,
  { clock }: Context,
  response: ResponseRecord,
  query: { starting_after?: number | undefined; include_obfuscation?: boolean | undefined },
): FastifyReply {
  if (!response.body.background) throw notStreamable('background');
  if (!response.body.stream) throw notStreamable('stream');
  const isOld = clock.now() - response.createdAtMs > RESUMABLE_MS;
  if (isOld || !response.journal) throw streamTooOld();
  const from = { startingAfter: query.starting_after ?? -1, obfuscate: query.include_obfuscation ?? true };
  return tell(request, reply, response.journal, from, () => {});
}

function tell(
  request: FastifyRequest,
  reply: FastifyReply,
  journal: StreamJournal,
  from: { startingAfter: number; obfuscate: boolean },
  onGone: () => void,
): FastifyReply {
  // No `[DONE]` at the end, unlike the Assistants API: the last event says that it is the last.
  return streamEvents(
    request,
    reply,
    (sink) =>
      journal.read(
        from.startingAfter,
        (event) => sink.write(event.type, JSON.stringify(from.obfuscate ? obfuscated(event) : event)),
        () => sink.end(),
      ),
    onGone,
  );
}

function obfuscated(event: JournalEvent): JournalEvent & { obfuscation?: string } {
  if (!('delta' in event)) return event;
  const missing = (OBFUSCATION_STEP - (event.delta.length % OBFUSCATION_STEP)) % OBFUSCATION_STEP;
  return { ...event, obfuscation: 'x'.repeat(missing) };
}
