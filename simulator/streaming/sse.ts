import { PassThrough } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** A reply that is written event by event. */
export interface EventSink {
  /** Writes one event. After the end, or when the reader is gone, nothing happens. */
  write(event: string, data: string): void;
  end(): void;
}

/**
 * Answers with server-sent events. `open` gets the sink and returns what stops the writing when the reader goes away;
 * `onGone` says that it did, before everything was told.
 */
export function streamEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  open: (sink: EventSink) => () => void,
  onGone: () => void = () => {},
): FastifyReply {
  const body = new PassThrough();
  const cutAfter = request.fault?.kind === 'cut_stream' ? request.fault.afterEvents : Infinity;
  let written = 0;
  const sink: EventSink = {
    write(event, data) {
      if (body.destroyed || body.writableEnded) return;
      if (written >= cutAfter) return void request.raw.socket.destroy();
      written += 1;
      body.write(`event: ${event}\ndata: ${data}\n\n`);
    },
    end() {
      if (!body.destroyed) body.end();
    },
  };
  void reply.headers({ 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  const stop = open(sink);
  whenGone(reply, () => {
    stop();
    onGone();
  });
  return reply.send(body);
}

/** Calls `action` if the connection closes before the answer was sent. */
export function whenGone(reply: FastifyReply, action: () => void): void {
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) action();
  });
}
