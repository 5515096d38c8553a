import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiFaults, quoteKey, webhookFaults } from '../../chaos/injections/api.ts';
import { Random } from '../../chaos/random.ts';
import { makeSecrets } from '../../chaos/stage/secrets.ts';
import { describeProblem, type Problem } from '../../providers/problem.ts';
import { startSimulator, type Simulator } from '../../simulator/index.ts';
import { createRequest, responseProviderOf } from '../providers/responseSupport.ts';
import { CountingContext } from '../providers/support.ts';

const secrets = makeSecrets(new Random('7'));
const { apiKey } = secrets;
const drawsOfEach = 25;
const drawn = apiFaults.flatMap((draw, kind) =>
  Array.from({ length: drawsOfEach }, (_, count) => draw(new Random(`${kind} ${count}`))),
);

let simulator: Simulator;
beforeAll(async () => {
  // Faults that last for seconds last for milliseconds.
  simulator = await startSimulator({ port: 0, apiKeys: [apiKey], timeScale: 1_000 });
});
afterAll(() => simulator.close());

interface Outcome {
  readonly fault: string;
  /** What the provider's own words were, as the SDK has them. */
  readonly said: string;
  readonly problem: Problem | undefined;
  readonly made: number;
}

/** Creates a response while each fault is there in turn, and says what came of it. */
async function meetEach(): Promise<Outcome[]> {
  const provider = responseProviderOf(simulator.baseURL, { apiKey });
  const outcomes: Outcome[] = [];
  for (const fault of drawn) {
    const before = simulator.report().totals.created;
    simulator.addFault(quoteKey({ on: 'responses.create', fault }, secrets));
    const error: unknown = await provider.create(createRequest(), new CountingContext()).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    outcomes.push({
      fault: JSON.stringify(fault),
      said: error instanceof Error ? error.message : '',
      problem: error === undefined ? undefined : describeProblem(error),
      made: simulator.report().totals.created - before,
    });
  }
  return outcomes;
}

describe('the API faults of a campaign', () => {
  let outcomes: readonly Outcome[];
  beforeAll(async () => {
    outcomes = await meetEach();
  });

  it('none of them is one that ends a run', () => {
    const ending = outcomes.filter(
      ({ problem }) => problem !== undefined && problem.retry.kind !== 'backoff',
    );
    expect(ending).toEqual([]);
  });

  it('none says that nothing was done when it was: that would be paid for twice', () => {
    const lying = outcomes.filter(({ problem, made }) => problem?.details.effect === 'none' && made > 0);
    expect(lying).toEqual([]);
    expect(outcomes.some(({ problem }) => problem?.details.effect === 'none')).toBe(true);
    expect(outcomes.some(({ problem, made }) => problem !== undefined && made > 0)).toBe(true);
  });

  it('some quote the API key, of refusals and of failures, and no word of ours repeats it', () => {
    const quoting = outcomes.filter(({ said }) => said.includes(apiKey));
    expect(new Set(quoting.map(({ problem }) => problem?.details.effect))).toEqual(
      new Set(['none', 'unknown']),
    );
    expect(JSON.stringify(outcomes.map(({ problem }) => problem))).not.toContain(apiKey);
  });

  it('the plan of one does not hold the key', () => {
    expect(JSON.stringify(drawn)).not.toContain(apiKey);
  });
});

it('the simulator knows every webhook fault of a campaign', () => {
  for (const draw of webhookFaults) {
    for (let count = 0; count < drawsOfEach; count += 1)
      simulator.addFault({ on: 'webhook:*', fault: draw(new Random(String(count))) });
  }
  expect(simulator.faults().filter(({ target }) => target === 'webhook')).toHaveLength(
    webhookFaults.length * drawsOfEach,
  );
});
