import { describe, expect, it, vi } from 'vitest';
import { scaledClock } from '../../simulator/clock.ts';

describe('the clock', () => {
  it('calls in order of due time, never early, whatever its speed', async () => {
    const clock = scaledClock(1000);
    const startedAt = clock.now();
    const calls: [number, boolean][] = [];
    await new Promise<void>((resolve) => {
      for (const delayMs of [30_000, 10_000, 20_000]) {
        clock.after(delayMs, () => {
          calls.push([delayMs, clock.now() - startedAt >= delayMs]);
          if (calls.length === 3) resolve();
        });
      }
    });
    expect(calls).toEqual([
      [10_000, true],
      [20_000, true],
      [30_000, true],
    ]);
  });

  it('waits for what is longer than a timeout can be', () => {
    const clock = scaledClock(1);
    const action = vi.fn<() => void>();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      clock.after(3 * 2 ** 31, action);
      vi.advanceTimersByTime(2 ** 32);
      expect(action).not.toHaveBeenCalled();
      vi.advanceTimersByTime(2 ** 32);
      expect(action).toHaveBeenCalledOnce();
    } finally {
      vi.useRealTimers();
    }
  });

  it('forgets what is cancelled, and everything when it stops', async () => {
    const clock = scaledClock(1);
    const action = vi.fn<() => void>();
    clock.after(0, action).cancel();
    clock.after(0, action);
    clock.stop();
    clock.after(0, action);
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
    expect(action).not.toHaveBeenCalled();
  });
});
