import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RunObject } from '../assistants/objects.ts';
import type { Context } from '../http/context.ts';
import type { RunRecord } from '../runs/record.ts';
import { renderRun } from '../runs/render.ts';
import { RunTeller } from './runTeller.ts';
import type { RunEvent } from './runTeller.ts';
import { streamEvents } from './sse.ts';
import type { EventSink } from './sse.ts';

/**
 * Answers with the events of a run until it ends or asks for outputs; then `done`. The run does not depend on the stream:
 * it goes on when the reader is gone.
 *
 * `first` is told before anything else; `act` makes the next change (submitting outputs), and may throw an ApiError.
 */
export function streamRun(
  request: FastifyRequest,
  reply: FastifyReply,
  { feed, store }: Context,
  run: RunRecord,
  { first = [], act }: { first?: readonly RunEvent[]; act?: () => void },
): FastifyReply {
  const teller = new RunTeller(run, store);
  const events: RunEvent[] = [...first];
  let ended = false;
  let open: EventSink | null = null;
  // What happens before the stream is open waits for it.
  const flush = (): void => {
    if (open === null) return;
    for (const { event, data } of events.splice(0)) open.write(event, JSON.stringify(data));
    if (!ended) return;
    stop();
    open.write('done', '[DONE]');
    open.end();
  };
  const stop = feed.subscribe(run.id, ({ run: object }) => {
    if (ended) return;
    events.push(...teller.tell(object));
    ended = teller.isLast(object);
    flush();
  });
  try {
    act?.();
  } catch (error) {
    stop();
    throw error;
  }
  return streamEvents(request, reply, (sink) => {
    open = sink;
    flush();
    return stop;
  });
}

/** What the stream of a run that was just created begins with. */
export function createdEvents(run: RunRecord): RunEvent[] {
  const object: RunObject = renderRun(run);
  return [
    { event: 'thread.run.created', data: object },
    { event: 'thread.run.queued', data: object },
  ];
}
