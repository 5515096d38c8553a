import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openaiRunType } from '../../workflows/messages.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { applicationFailureOf, historyOf, newRunId, type RunHandle } from './support.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({ webhooks: false });
});
afterAll(() => harness.stop());

/** As any Temporal client starts a run: by name, with whatever JSON. */
async function startWith(input: unknown, workflowId = newRunId()): Promise<RunHandle> {
  const { taskQueue, client } = harness;
  await client.workflow.start(openaiRunType, { taskQueue, workflowId, args: [input] });
  return client.workflow.getHandle(workflowId);
}

describe.concurrent('an input that is not valid', () => {
  it.each([
    { name: 'no text', input: {}, field: 'input:' },
    { name: 'an empty text', input: { input: '' }, field: 'input:' },
    { name: 'something else than an object', input: 'What is 2+2?', field: 'the input:' },
    { name: 'nothing at all', input: null, field: 'the input:' },
    { name: 'a misspelt field', input: { input: 'Hi', polcy: {} }, field: 'polcy' },
    {
      name: 'a misspelt field of the policy',
      input: { input: 'Hi', policy: { wait: { initialMS: 5 } } },
      field: 'policy.wait',
    },
    {
      name: 'a mode that there is not',
      input: { input: 'Hi', policy: { wait: { mode: 'psychic' } } },
      field: 'policy.wait.mode:',
    },
    {
      name: 'a delay of nothing',
      input: { input: 'Hi', policy: { wait: { initialMs: 0 } } },
      field: 'policy.wait.initialMs:',
    },
    {
      name: 'a factor that shrinks',
      input: { input: 'Hi', policy: { wait: { factor: 0.5 } } },
      field: 'policy.wait.factor:',
    },
    {
      name: 'a deadline that is text',
      input: { input: 'Hi', policy: { deadlines: { totalMs: '1h' } } },
      field: 'policy.deadlines.totalMs:',
    },
    {
      name: 'no attempt at all',
      input: { input: 'Hi', policy: { restarts: { maximumAttempts: 0 } } },
      field: 'policy.restarts.maximumAttempts:',
    },
    {
      name: 'a tool without a proper name',
      input: { input: 'Hi', tools: ['add', 'no spaces'] },
      field: 'tools.1:',
    },
    { name: 'a request that is a list', input: { input: 'Hi', request: [] }, field: 'request:' },
  ])('($name) fails the run at once, and the message names the field', async ({ input, field }) => {
    const handle = await startWith(input);
    const failure = await applicationFailureOf(handle);

    expect(failure).toMatchObject({ type: 'run.invalid_input', nonRetryable: true });
    expect(failure.message).toContain(field);
    expect(await historyOf(handle)).toMatchObject({ activities: [], timers: [], workflowTaskFailures: 0 });
  });

  it('names all that is wrong with it', async () => {
    const handle = await startWith({ input: '', provider: '', policy: { whenThreadBusy: 'panic' } });
    const { message } = await applicationFailureOf(handle);

    for (const field of ['input:', 'provider:', 'policy.whenThreadBusy:']) expect(message).toContain(field);
  });

  it('may also be a workflow id that no metadata has room for', async () => {
    const handle = await startWith({ input: 'Hi' }, newRunId().padEnd(513, 'x'));
    const failure = await applicationFailureOf(handle);

    expect(failure.type).toBe('run.invalid_input');
    expect(failure.message).toContain('513 characters');
  });
});

describe('an input that is just valid', () => {
  it('is run under a workflow id of 512 characters', async () => {
    const handle = await startWith(
      { input: 'What is 2+2?', policy: { wait: { initialMs: 100 } } },
      newRunId().padEnd(512, 'x'),
    );
    expect(await handle.result()).toMatchObject({ status: 'completed' });
  });
});
