import { expect, it } from 'vitest';
import * as z from 'zod';
import { kinds } from '../../chaos/kinds.ts';
import { injections } from '../../chaos/injections/index.ts';
import { planCampaign, type FaultPlan } from '../../chaos/plan.ts';
import { Random } from '../../chaos/random.ts';
import { checkRunInput } from '../../core/input.ts';

const plan = (seed: string, runCount = 400) => {
  const { runs, faults } = planCampaign(new Random(seed), runCount, 200);
  return { runs, faults: takeSome(faults) };
};

function takeSome(faults: Iterable<FaultPlan>): FaultPlan[] {
  const taken: FaultPlan[] = [];
  for (const fault of faults) if (taken.push(fault) === 400) break;
  return taken;
}

/** Without what does it: functions are never the same. */
const asText = (planned: unknown): string => JSON.stringify(planned);

it('a seed decides all that happens, and another seed something else', () => {
  expect(asText(plan('7'))).toBe(asText(plan('7')));
  expect(asText(plan('8'))).not.toBe(asText(plan('7')));
});

it('how many runs there are does not change the faults', () => {
  expect(asText(plan('7', 800).faults)).toBe(asText(plan('7').faults));
});

it('every kind of run and every sort of fault comes up', () => {
  const { runs, faults } = plan('7');
  const wanted = kinds.flatMap(({ name, providers }) => providers.map((provider) => `${name} ${provider}`));
  expect(new Set(runs.map(({ kind, provider }) => `${kind} ${provider}`))).toEqual(new Set(wanted));
  expect(new Set(faults.map(({ name }) => name))).toEqual(new Set(injections.map(({ name }) => name)));
});

it('every sort of fault comes up before any comes up again', () => {
  const names = plan('7')
    .faults.slice(0, injections.length)
    .map(({ name }) => name);
  expect(new Set(names).size).toBe(injections.length);
});

it('every run has an input that is valid, and a script that fits', () => {
  const { runs } = plan('7');
  const bad = runs.filter(({ input, provider }) => {
    const checked = checkRunInput(input);
    return !checked.ok || checked.input.provider !== provider;
  });
  expect(bad).toEqual([]);
  // OpenAI's limit for a value of metadata.
  const script = z.object({ metadata: z.object({ simulator: z.string().max(512) }) });
  expect(runs.filter(({ input }) => !script.safeParse(input.request).success)).toEqual([]);
});
