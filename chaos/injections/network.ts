import { linkNames } from '../stage/links.ts';
import { last, type Injection } from './injection.ts';

/* The network between two sorts of processes. */

const cut: Injection = {
  name: 'cut network',
  weight: 3,
  plan(random) {
    const link = random.pick(linkNames);
    const durationMs = random.integer(300, 6_000);
    return {
      detail: `${link}, connections reset for ${durationMs} ms`,
      durationMs,
      async inject({ stage, calm }) {
        const mend = stage.links[link].cut();
        await last(durationMs, calm);
        mend();
      },
    };
  },
};

const hold: Injection = {
  name: 'hold up network',
  weight: 2,
  plan(random) {
    const link = random.pick(linkNames);
    const durationMs = random.integer(500, 7_000);
    return {
      detail: `${link}, nothing arrives for ${durationMs} ms`,
      durationMs,
      async inject({ stage, calm }) {
        const mend = stage.links[link].hold();
        await last(durationMs, calm);
        mend();
      },
    };
  },
};

const slowDown: Injection = {
  name: 'slow network',
  weight: 2,
  plan(random) {
    const link = random.pick(linkNames);
    const delayMs = random.integer(50, 1_200);
    const durationMs = random.integer(2_000, 8_000);
    return {
      detail: `${link}, ${delayMs} ms each way for ${durationMs} ms`,
      durationMs,
      async inject({ stage, calm }) {
        const mend = stage.links[link].slowDown(delayMs);
        await last(durationMs, calm);
        mend();
      },
    };
  },
};

/** Whatever is under way on them: requests whose work is done or not, replies half sent, webhooks. */
const breakAll: Injection = {
  name: "provider's connections killed",
  weight: 2,
  plan: () => ({
    detail: 'all of them, with whatever was under way on them',
    durationMs: 0,
    async inject({ stage }) {
      for (const name of linkNames.filter((link) => link.includes('simulator')))
        stage.links[name].breakConnections();
    },
  }),
};

const refuse: Injection = {
  name: 'provider down',
  weight: 1,
  plan(random) {
    const durationMs = random.integer(200, 4_000);
    return {
      detail: `its connections ended, new ones refused for ${durationMs} ms`,
      durationMs,
      async inject({ stage, calm }) {
        await stage.simulator.refuse(durationMs);
        await last(durationMs, calm);
      },
    };
  },
};

export const networkInjections: readonly Injection[] = [cut, hold, slowDown, breakAll, refuse];
