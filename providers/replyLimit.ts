import { unexpectedReply } from './problem.ts';

/** A reply may be so long: an answer may hold images as base64, and what Temporal would not carry of it stays at the provider anyway. */
const maximumReplyBytes = 64 * 1024 * 1024;

/**
 * `fetch`, but a body of more bytes than this is given up: reading it fails as an unexpected reply, and its connection is closed. Of a reply
 * that is no 2xx the status counts all the same, for the SDK takes what goes wrong with the body for the error's message. Bytes are counted
 * while they are read, and decompressed.
 */
export function limitReplies(maximumBytes: number = maximumReplyBytes): typeof fetch {
  return async (...request) => {
    const response = await fetch(...request);
    const { headers, body } = response;
    if (body === null) return response;
    const announcedBytes = readLength(headers);
    // HTTP reads no further than what was announced: such a reply costs nothing here.
    const isPlain = !headers.has('content-encoding') && !headers.has('transfer-encoding');
    if (isPlain && announcedBytes !== undefined && announcedBytes <= maximumBytes) return response;
    return withBody(response, body.pipeThrough(countBytes(announcedBytes ?? 0, maximumBytes)));
  };
}

function readLength(headers: Headers): number | undefined {
  const length = headers.get('content-length');
  return length !== null && /^\d+$/.test(length) ? Number(length) : undefined;
}

/** Lets through at most so many bytes. The error goes both ways: to who reads, and as a cancel to what it is read from. */
function countBytes(announcedBytes: number, maximumBytes: number): TransformStream<Uint8Array, Uint8Array> {
  const tooLong = (): Error =>
    unexpectedReply(`a reply of at most ${maximumBytes} bytes`, 'one that is longer');
  let bytes = 0;
  return new TransformStream({
    start(controller) {
      if (announcedBytes > maximumBytes) controller.error(tooLong());
    },
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > maximumBytes) throw tooLong();
      controller.enqueue(chunk);
    },
  });
}

/** The response with another body: made anew it would have no URL, and refuse statuses that servers do send. */
function withBody(response: Response, body: ReadableStream<Uint8Array>): Response {
  const { ok, status, statusText, headers, url } = response;
  return Object.defineProperties(new Response(body), {
    ok: { value: ok },
    status: { value: status },
    statusText: { value: statusText },
    headers: { value: headers },
    url: { value: url },
  });
}
