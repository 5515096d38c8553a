const TICK_MS = 5;
/** What may wait for an answer at once: beyond it the server has lost, and the load must not drown itself. */
const MOST_WAITING = 5000;

/** Sends `count` requests, `rate` of them a second, whether the earlier ones are answered or not; resolves when all are. */
export function pace({
  rate,
  count,
  send,
}: {
  rate: number;
  count: number;
  send: () => Promise<void>;
}): Promise<void> {
  const startedAtMs = performance.now();
  let sent = 0;
  let answered = 0;
  return new Promise((resolve, reject) => {
    const ticker = setInterval(() => {
      const due = Math.min(count, Math.floor(((performance.now() - startedAtMs) * rate) / 1000));
      for (; sent < due && sent - answered < MOST_WAITING; sent += 1) {
        send()
          .finally(() => (answered += 1))
          .catch(reject);
      }
      if (sent < count || answered < sent) return;
      clearInterval(ticker);
      resolve();
    }, TICK_MS);
  });
}
