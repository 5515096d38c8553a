import { z } from 'zod';

const log = z.object({
  entries: z.array(
    z.object({
      at: z.number(),
      runId: z.string(),
      to: z.string(),
      metadata: z.record(z.string(), z.string()),
    }),
  ),
});
const script = z.object({ workMs: z.number() });

/** How long after its time each run completed, by the simulator's own log (as far back as that goes). */
export async function latenessOfEnds(baseURL: string, queueMs: number): Promise<number[]> {
  const response = await fetch(new URL('/_simulator/log?kind=run', baseURL));
  const { entries } = log.parse(await response.json());
  const createdAtMs = new Map<string, number>();
  const latenessMs: number[] = [];
  for (const { at, runId, to, metadata } of entries) {
    if (to === 'queued') createdAtMs.set(runId, at);
    const created = createdAtMs.get(runId);
    if (to !== 'completed' || created === undefined) continue;
    const { workMs } = script.parse(JSON.parse(metadata['simulator'] ?? '{}'));
    latenessMs.push(at - created - queueMs - workMs);
  }
  return latenessMs;
}
