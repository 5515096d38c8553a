import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { playCampaign } from '../../../chaos/campaign.ts';
import { findViolations } from '../../../chaos/invariants.ts';
import { copySources } from '../../../chaos/stage/sources.ts';
import { mutations } from './mutations.ts';

/* A campaign that finds nothing is worth as much as its ability to find something: each rule of the design is broken on purpose. */

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'durable-runs-mutations-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a campaign reports what breaks', () => {
  it.each(mutations.map((mutation, index) => ({ ...mutation, index })))(
    '$rule',
    { timeout: 240_000 },
    async ({ changes, repertoire, runs, violated, index }) => {
      const place = path.join(folder, String(index));
      const record = await playCampaign({
        seed: 1,
        runs,
        startEveryMs: 100,
        shortestMs: repertoire.injections.length === 0 ? 0 : 8_000,
        repertoire,
        sources: copySources(path.join(place, 'sources'), changes),
        folder: place,
        say: () => undefined,
      });
      const reported = findViolations(record.evidence).map(({ invariant }) => invariant);

      expect([...new Set(reported)].toSorted()).toEqual(violated.toSorted());
    },
  );
});
