import * as fc from 'fast-check';
import { RawValue } from '@temporalio/common';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkRunInput } from '../../core/input.ts';
import type { PolicyInput } from '../../core/policy.ts';
import { openaiRunType } from '../../workflows/messages.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { doing, logOf, newRunId, quickPolicy, type RunHandle } from '../workflows/support.ts';
import { cases, isPolluted } from './hostile.ts';
import { oddInputs } from './oddInputs.ts';
import { addressTo, harmlessWakeUps, lyingWakeUps } from './oddWakeUps.ts';
import { flawOf } from './runFlaws.ts';

/*
 * What anybody may send who can write to the namespace, sent: to a real worker, and a provider that is as it is to be. Whatever it is, each
 * run ends, with a result or a typed failure, and none of its workflow tasks fails.
 */

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({ provider: 'response' });
});
afterAll(() => harness.stop());

/** A bound against hanging: Temporal ends the run then, which is a flaw. */
const workflowExecutionTimeout = '50s';

interface Started {
  readonly handle: RunHandle;
  readonly executionId: string;
}

/** As it is: what JavaScript's own client would refuse to write, another may. */
function payloadOf(json: string): RawValue {
  return RawValue.fromPayload({
    metadata: { encoding: Buffer.from('json/plain') },
    data: Buffer.from(json),
  });
}

/** As any Temporal client starts a run: by name, with whatever JSON. */
async function start(json: string): Promise<Started> {
  const { taskQueue, client } = harness;
  const started = await client.workflow.start(openaiRunType, {
    taskQueue,
    workflowId: newRunId(),
    workflowExecutionTimeout,
    args: [payloadOf(json)],
  });
  const handle: RunHandle = client.workflow.getHandle(started.workflowId);
  return { handle, executionId: started.firstExecutionRunId };
}

/** No more side by side than a worker takes at once. */
function batchesOf<T>(all: readonly T[]): T[][] {
  const count = Math.ceil(all.length / 40);
  return Array.from({ length: count }, (_, index) => all.slice(index * 40, (index + 1) * 40));
}

function isAccepted(json: string): boolean {
  return checkRunInput(JSON.parse(json)).ok;
}

test('whatever the input is', async () => {
  const refused = oddInputs.filter((json) => !isAccepted(json));
  const jsons = [...fc.sample(oddInputs.filter(isAccepted), cases(26)), ...fc.sample(refused, cases(3))];
  for (const batch of batchesOf(jsons)) {
    const ends = await Promise.all(
      batch.map(async (json) => {
        const { handle } = await start(json);
        return { json: json.slice(0, 2_000), flaw: await flawOf(harness, handle, JSON.parse(json)) };
      }),
    );
    expect(ends.filter(({ flaw }) => flaw !== undefined)).toEqual([]);
  }
  expect(isPolluted()).toBe(false);
});

const policy: PolicyInput = quickPolicy({
  wait: { initialMs: 200, maximumMs: 1_000, totalMs: null },
  deadlines: { totalMs: 40_000 },
});
const inputs = ['response', 'assistant'].map((provider) =>
  JSON.stringify({ provider, input: 'What is 2+2?', policy }),
);

interface Disturbed {
  readonly wakeUps: readonly string[];
  readonly input: string;
  readonly handle: RunHandle;
}

/** Starts a run, and sends it these wake-ups while the provider works on it. */
async function disturb(input: string, wakeUps: readonly string[]): Promise<Disturbed> {
  const { handle, executionId } = await start(input);
  const { current } = await doing(handle, /^waiting/);
  const ref = current?.ref ?? { id: '' };
  const { workflowId } = handle;
  for (const [index, json] of wakeUps.entries()) {
    const addressed = addressTo(json, { ref, workflowId, executionId, webhookId: `wh_${index}` });
    await handle.signal('wakeUp', payloadOf(addressed));
  }
  return { wakeUps: wakeUps.map((json) => json.slice(0, 2_000)), input, handle };
}

/**
 * What is wrong with runs that get so many of these wake-ups each, while they are open: the provider's time stands still until all have come.
 */
async function flawsOfDisturbed(
  wakeUps: fc.Arbitrary<string>,
  { runs, each }: { readonly runs: number; readonly each: number },
  check: (disturbed: Disturbed) => Promise<unknown>,
): Promise<unknown[]> {
  const flaws: unknown[] = [];
  const lists = fc.sample(fc.array(wakeUps, { minLength: each, maxLength: each }), cases(runs));
  for (const batch of batchesOf(lists)) {
    harness.simulator.setTime('stepped');
    const all = await Promise.all(batch.map((list, index) => disturb(inputs[index % 2] ?? '', list)));
    harness.simulator.setTime('real');
    const ends = await Promise.all(
      all.map(async (run) => ({ wakeUps: run.wakeUps, flaw: await check(run) })),
    );
    flaws.push(...ends.filter(({ flaw }) => flaw !== undefined));
  }
  return flaws;
}

test('wake-ups that say nothing of the run: it completes, with its own answer', async () => {
  const flaws = await flawsOfDisturbed(harmlessWakeUps, { runs: 6, each: 4 }, async ({ handle, input }) => {
    const flaw = await flawOf(harness, handle, JSON.parse(input));
    if (flaw !== undefined) return flaw;
    const { text, attempts } = await handle.result();
    const made = logOf(harness, handle.workflowId).providerRuns();
    const isAsEver = text === '2+2 = 4.' && attempts.length === 1 && made.length === 1;
    return isAsEver ? undefined : { text, attempts, made };
  });
  expect(flaws).toEqual([]);
  expect(isPolluted()).toBe(false);
});

test('wake-ups that lie about the run: it ends', async () => {
  const flaws = await flawsOfDisturbed(lyingWakeUps, { runs: 12, each: 2 }, ({ handle, input }) =>
    flawOf(harness, handle, JSON.parse(input)),
  );
  expect(flaws).toEqual([]);
  expect(isPolluted()).toBe(false);
});
