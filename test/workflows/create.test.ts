import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addCalls } from '../../core/calls.ts';
import { createClient } from '../../providers/account.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { wakeUpSignal } from '../../workflows/messages.ts';
import {
  addFault,
  addWebhookFault,
  countActivities,
  dialect,
  failureOf,
  historyOf,
  logOf,
  lostAfterWork,
  lostBeforeWork,
  newRunId,
  openThreads,
  providerRun,
  quickPolicy,
  rolesIn,
  webhookPolicy,
} from './support.ts';

type HttpFault = (typeof lostAfterWork)[number]['fault'];

const { endpoints } = dialect;

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

const question = 'What is 2+2?';

describe.concurrent('a create that worked, and whose reply', () => {
  it.each(lostAfterWork)('$name is adopted, and none is made beside it', async ({ fault }) => {
    const id = newRunId();
    addFault(harness, id, endpoints.create, fault);
    // What can be looked for is found by a look, or else a webhook tells of it, be it before the look or after.
    if (dialect.searchable) addWebhookFault(harness, id, 'webhook:*', { kind: 'lose' }, { times: null });
    const policy = dialect.searchable ? quickPolicy() : webhookPolicy();
    const handle = await harness.start({ input: question, policy }, id);
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', text: '2+2 = 4.', recreations: 0 });
    expect(result.attempts).toEqual([expect.objectContaining({ number: 1, adopted: true })]);
    expect(result.orphans).toEqual([]);
    expect(result.calls).toMatchObject({ ...dialect.preparation, create: 1, ...dialect.looking });
    const log = logOf(harness, id);
    expect(log.providerRuns()).toEqual([result.attempts[0]?.ref.id]);
    expect(log.counts()[endpoints.create]).toBe(1);
    const { createRun, findRun = 0 } = countActivities(await historyOf(handle));
    expect(createRun).toBe(dialect.preparations + 1);
    expect(findRun).toBeGreaterThanOrEqual(dialect.searchable ? 1 : 0);
    expect(findRun).toBeLessThanOrEqual(1);
  });

  it('was lost is adopted by its webhook, without a look, and all calls are counted', async () => {
    const id = newRunId();
    addFault(harness, id, endpoints.create, { kind: 'drop_reply' });
    const handle = await harness.start(
      { input: question, policy: webhookPolicy({ lostCreate: { settleMs: 30_000 } }) },
      id,
    );
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', text: '2+2 = 4.', recreations: 0 });
    expect(result.attempts).toEqual([expect.objectContaining({ adopted: true })]);
    // The bridge has read the answer: that is a call of this run.
    expect(result.calls).toEqual({ ...dialect.preparation, create: 1, ...dialect.reading });
    expect(result.learntFrom).toBe('webhook');
    const { preparation, reading } = dialect.requests;
    expect(logOf(harness, id).counts()).toEqual({ ...preparation, [endpoints.create]: 1, ...reading });
  });
});

describe.concurrent('a create of which nobody knows whether it worked', () => {
  /** No webhook will come of it: waiting for one is in vain. */
  const lostCreate = { webhookMs: 50 };

  it.each(lostBeforeWork)('($name) is sent again only after no run was found', async ({ fault }) => {
    const id = newRunId();
    addFault(harness, id, endpoints.create, fault);
    const handle = await harness.start({ input: question, policy: webhookPolicy({ lostCreate }) }, id);
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'completed', recreations: 1 });
    expect(result.attempts).toEqual([expect.objectContaining({ number: 1, adopted: false })]);
    expect(result.calls).toEqual({
      ...dialect.preparation,
      create: 2,
      ...dialect.looking,
      ...dialect.reading,
    });
    expect(logOf(harness, id).counts()[endpoints.create]).toBe(2);
    expect(logOf(harness, id).providerRuns()).toHaveLength(1);
    const { order } = await historyOf(handle);
    expect(order.filter((kind) => kind.endsWith('Run'))).toEqual([
      ...Array<string>(dialect.preparations + 1).fill('createRun'),
      ...Array<string>(dialect.looks).fill('findRun'),
      'createRun',
    ]);
    expect(await rolesOf(id)).toEqual(['user', 'assistant']);
  });

  it.each(lostBeforeWork)('($name) is not sent again where the policy forbids it', async ({ fault }) => {
    const id = newRunId();
    addFault(harness, id, endpoints.create, fault);
    const handle = await harness.start(
      {
        input: question,
        policy: webhookPolicy({ lostCreate: { ...lostCreate, whenNotFound: 'fail' } }),
      },
      id,
    );
    const { type, result } = await failureOf(handle);

    expect(type).toBe('run.not_created');
    expect(result).toMatchObject({ status: 'not_created', attempts: [], recreations: 0 });
    expect(result.calls).toEqual({ ...dialect.preparation, create: 1, ...dialect.looking });
    expect(logOf(harness, id).counts()[endpoints.create]).toBe(1);
    expect(logOf(harness, id).providerRuns()).toEqual([]);
  });

  it.runIf(dialect.searchable)('and that cannot be looked for is not sent again', async () => {
    const id = newRunId();
    addFault(harness, id, endpoints.create, { kind: 'drop_reply' });
    addWebhookFault(harness, id, 'webhook:*', { kind: 'lose' }, { times: null });
    const handle = await harness.start(
      {
        input: question,
        request: { thread_id: await unlistableThread() },
        policy: webhookPolicy({ lostCreate }),
      },
      id,
    );
    const { type, message, result } = await failureOf(handle);

    expect(type).toBe('run.not_created');
    expect(message).toContain('could not be looked for');
    // Twice, with all tries: after a pause, and after the wait for a webhook.
    expect(result.calls).toEqual({ create: 1, find: 2 * 4 });
    expect(logOf(harness, id).counts()[endpoints.create]).toBe(1);
  });

  it.runIf(dialect.searchable)(
    'and that cannot be looked for is adopted by a webhook meanwhile',
    async () => {
      const id = newRunId();
      const threadId = await unlistableThread();
      addFault(harness, id, endpoints.create, { kind: 'drop_reply' });
      addWebhookFault(harness, id, 'webhook:*', { kind: 'lose' }, { times: null });
      const handle = await harness.start(
        {
          input: question,
          request: { thread_id: threadId },
          policy: webhookPolicy({ calls: { initialMs: 800, maximumMs: 800, maximumAttempts: 2 } }),
        },
        id,
      );
      // The webhook is made by hand, so that it comes between the two tries of the look.
      await harness.simulator.log.waitFor(
        (entry) => entry.kind === 'request' && entry.endpoint === 'runs.list' && entry.threadId === threadId,
        30_000,
      );
      const ref = { id: providerRun(harness, id).id, containerId: threadId };
      const tag = { workflowId: id, executionId: handle.firstExecutionRunId, attempt: 1, round: 0 };
      await handle.signal(wakeUpSignal, {
        webhookId: 'wh_by_hand',
        eventType: 'thread.run.completed',
        ref,
        tag,
        snapshot: { ref, tag, status: 'completed', output: { text: 'told' } },
      });
      const result = await handle.result();

      expect(result).toMatchObject({
        status: 'completed',
        text: 'told',
        recreations: 0,
        learntFrom: 'webhook',
      });
      expect(result.attempts).toEqual([expect.objectContaining({ adopted: true })]);
      expect(result.calls).toEqual({ create: 1, find: 2 });
    },
  );

  it('is sent only so often', async () => {
    const id = newRunId();
    addFault(harness, id, endpoints.create, { kind: 'status', status: 500 }, { times: null });
    const handle = await harness.start(
      {
        input: question,
        policy: webhookPolicy({
          lostCreate: { ...lostCreate, settleMs: 1 },
          calls: { maximumAttempts: 2 },
        }),
      },
      id,
    );
    const { type, result } = await failureOf(handle);

    expect(type).toBe('run.not_created');
    expect(result).toMatchObject({ error: { code: 'provider.server_error' }, recreations: 1 });
    expect(result.calls).toEqual({
      ...dialect.preparation,
      create: 2,
      ...addCalls(dialect.looking, dialect.looking),
    });
    expect(logOf(harness, id).counts()[endpoints.create]).toBe(2);
  });
});

describe.concurrent('a create that was refused for now', () => {
  it.each([
    { name: 'with 429', fault: { kind: 'status', status: 429 } },
    { name: 'with 429 and retry-after-ms', fault: limited({ 'retry-after-ms': '30' }) },
    { name: 'with 429 and Retry-After in seconds', fault: limited({ 'retry-after': '1' }) },
    {
      name: 'with 429 and Retry-After as a date',
      fault: limited({ 'retry-after': new Date(Date.now() + 1_000).toUTCString() }),
    },
    { name: 'with 409', fault: { kind: 'status', status: 409 } },
    { name: 'by an overloaded server', fault: { kind: 'status', status: 503 } },
  ] satisfies readonly { name: string; fault: HttpFault }[])(
    '$name is retried by Temporal, and made once',
    async ({ fault }) => {
      const id = newRunId();
      addFault(harness, id, endpoints.create, fault);
      const handle = await harness.start({ input: question, policy: webhookPolicy() }, id);
      const result = await handle.result();

      expect(result).toMatchObject({ status: 'completed', recreations: 0 });
      expect(result.calls).toEqual({ ...dialect.preparation, create: 2, ...dialect.reading });
      const log = logOf(harness, id);
      expect(log.counts()[endpoints.create]).toBe(2);
      expect(log.providerRuns()).toHaveLength(1);
      const { tries } = await historyOf(handle);
      expect(tries.filter(({ type }) => type === 'createRun').map((entry) => entry.tries)).toEqual([
        ...Array<number>(dialect.preparations).fill(1),
        2,
      ]);
    },
  );
});

describe.concurrent('a create that was refused for good', () => {
  const quota = { code: 'insufficient_quota', type: 'insufficient_quota' };
  it.each([
    { name: 'a wrong key', fault: { kind: 'status', status: 401 }, code: 'provider.authentication' },
    { name: 'no permission', fault: { kind: 'status', status: 403 }, code: 'provider.permission' },
    { name: 'nothing there', fault: { kind: 'status', status: 404 }, code: 'provider.not_found' },
    { name: 'a bad request', fault: { kind: 'status', status: 400 }, code: 'provider.invalid_request' },
    {
      name: 'no money left',
      fault: { kind: 'status', status: 429, ...quota },
      code: 'provider.quota_exhausted',
    },
  ] as const)('($name) fails the run at once as $code', async ({ fault, code }) => {
    const id = newRunId();
    addFault(harness, id, endpoints.create, fault, { times: null });
    const handle = await harness.start({ input: question, policy: webhookPolicy() }, id);
    const { type, nonRetryable, result } = await failureOf(handle);

    expect({ type, nonRetryable }).toEqual({ type: 'run.not_created', nonRetryable: true });
    expect(result).toMatchObject({ status: 'not_created', error: { code }, attempts: [] });
    expect(result.calls).toEqual({ ...dialect.preparation, create: 1 });
    expect(logOf(harness, id).counts()[endpoints.create]).toBe(1);
  });

  it.each([
    ...dialect.unknown.map(({ name, request, word }) => ({ name, input: { request }, word })),
    { name: 'a tool', input: { tools: ['no_such_tool'] }, word: 'no_such_tool' },
    { name: 'a provider', input: { provider: 'oracle' }, word: 'oracle' },
    { name: 'an account', input: { account: 'of-nobody' }, word: 'of-nobody' },
  ])('because $name is not known says which', async ({ input, word }) => {
    const handle = await harness.start({ input: question, ...input, policy: webhookPolicy() });
    const { type, message } = await failureOf(handle);

    expect(type).toBe('run.not_created');
    expect(message).toContain(word);
  });
});

/** Who has said what the run is about: two user messages would be a message delivered twice. */
async function rolesOf(workflowId: string): Promise<string[]> {
  const { id, threadId } = providerRun(harness, workflowId);
  if (dialect.hasThreads) return rolesIn(harness, threadId);
  const { responses } = createClient(harness.account);
  const { data: said } = await responses.inputItems.list(id, { order: 'asc' });
  const { output } = await responses.retrieve(id);
  return [...said, ...output].flatMap((item) => ('role' in item ? [item.role] : []));
}

function limited(headers: Record<string, string>): HttpFault {
  return { kind: 'status', status: 429, headers };
}

/** A thread whose runs cannot be listed. */
async function unlistableThread(): Promise<string> {
  const { id } = await openThreads(harness).create();
  harness.simulator.addFault({
    on: 'runs.list',
    match: { threadId: id },
    times: null,
    fault: { kind: 'status', status: 500 },
  });
  return id;
}
