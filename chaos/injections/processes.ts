import type { Random } from '../random.ts';
import type { Fleet } from '../stage/fleet.ts';
import type { Stage } from '../stage/stage.ts';
import type { Injection } from './injection.ts';

/* Processes that die, stand still, and come back. */

const fleets = [
  { name: 'worker', of: (stage: Stage) => stage.workers, weight: 3 },
  { name: 'bridge', of: (stage: Stage) => stage.bridges, weight: 2 },
] as const satisfies readonly { name: string; of: (stage: Stage) => Fleet; weight: number }[];

function drawSlot(random: Random): (fleet: Fleet) => number {
  const fraction = random.fraction();
  return (fleet) => Math.floor(fraction * fleet.size);
}

const kills: readonly Injection[] = fleets.map(({ name, of, weight }) => ({
  name: `kill ${name}`,
  weight,
  plan(random) {
    const slot = drawSlot(random);
    return {
      detail: `SIGKILL, and another ${name} in its place`,
      durationMs: 0,
      inject: ({ stage }) => of(stage).kill(slot(of(stage))),
    };
  },
}));

const pauses: readonly Injection[] = fleets.map(({ name, of, weight }) => ({
  name: `pause ${name}`,
  weight,
  plan(random) {
    const slot = drawSlot(random);
    // Sometimes longer than the calls of an activity may take: then another worker does what this one wakes up to.
    const durationMs = random.integer(500, 9_000);
    return {
      detail: `SIGSTOP for ${durationMs} ms`,
      durationMs,
      inject: ({ stage, calm }) => of(stage).pause(slot(of(stage)), durationMs, calm),
    };
  },
}));

const restarts: readonly Injection[] = fleets.map(({ name, of }) => ({
  name: `restart ${name}`,
  weight: 1,
  plan(random) {
    const slot = drawSlot(random);
    return {
      detail: 'SIGTERM, and another in its place',
      durationMs: 0,
      inject: ({ stage }) => of(stage).restart(slot(of(stage))),
    };
  },
}));

const temporal: Injection = {
  name: 'restart Temporal',
  weight: 1,
  plan(random) {
    const how = random.pick(['SIGTERM', 'SIGKILL'] as const);
    return {
      detail: `${how}, and again on its database`,
      durationMs: 0,
      inject: ({ stage }) => stage.temporal.restart(how),
    };
  },
};

const deployment: Injection = {
  name: 'new worker version',
  weight: 1,
  plan: () => ({
    detail:
      'a next build with a changed workflow, made current, in the place of all workers one after the other',
    durationMs: 0,
    inject: ({ stage }) => stage.deploy(),
  }),
};

export const processInjections: readonly Injection[] = [
  ...kills,
  ...pauses,
  ...restarts,
  temporal,
  deployment,
];
