/** Where long work tells how far it is. */
export interface Progress {
  /** Something that happened; always shown. */
  say(message: string): void;
  /** How far the work is; each call replaces the one before. */
  status(message: string): void;
}

/** What {@link streamProgress} needs of a stream. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Without a terminal a status is a line of its own, at most this often. */
const lineEveryMs = 15_000;

const eraseLine = '\r\u001B[K';

/**
 * Shows progress on a stream: on a terminal as one line that is rewritten, otherwise as a line now and then.
 * Standard error by default, since standard output belongs to results.
 */
export function streamProgress(
  stream: ProgressStream = process.stderr,
  nowMs: () => number = () => performance.now(),
): Progress {
  let statusShown = false;
  let lastLineMs = nowMs();
  return {
    say(message) {
      stream.write(`${statusShown ? eraseLine : ''}${message}\n`);
      statusShown = false;
      lastLineMs = nowMs();
    },
    status(message) {
      if (stream.isTTY === true) {
        // A line wider than the terminal would wrap, and then could not be rewritten.
        stream.write(`${eraseLine}${message.slice(0, (stream.columns ?? 80) - 1)}`);
        statusShown = true;
      } else if (nowMs() - lastLineMs >= lineEveryMs) {
        stream.write(`${message}\n`);
        lastLineMs = nowMs();
      }
    },
  };
}
