import { redactSecrets } from '../../core/redact.ts';
import { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { FailureType } from '../../core/failures.ts';
import {
  describeProblem,
  invalidRequest,
  ProblemError,
  unexpectedReply,
  type Problem,
  type Retry,
} from '../../providers/problem.ts';
import { startSimulator, type HttpFault, type Simulator } from '../../simulator/index.ts';
import { accountOf, closedPort, CountingContext, problemOf, providerOf, serve } from './support.ts';

const never: Retry = { kind: 'never' };
const backoff: Retry = { kind: 'backoff' };
const after = (afterMs: number): Retry => ({ kind: 'backoff', afterMs });

type ErrorReply = Omit<Extract<HttpFault, { kind: 'status' }>, 'kind' | 'when'>;

describe('a provider that answers with an error', () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await startSimulator({ port: 0 });
  });
  beforeEach(() => simulator.reset());
  afterAll(() => simulator.close());

  async function problemOfRetrieve(): Promise<Problem> {
    const provider = providerOf(accountOf(simulator.baseURL));
    // `cancel` and `retrieve` give a 404 a meaning of their own; `find` does not.
    const tag = { workflowId: 'w', executionId: 'e', attempt: 1, round: 0 };
    return problemOf(() => provider.find({ tag, request: { thread_id: 'thread_1' } }, new CountingContext()));
  }

  test.each<[ErrorReply, FailureType, Retry, 'none' | 'unknown']>([
    [{ status: 400 }, 'provider.invalid_request', never, 'none'],
    [{ status: 401 }, 'provider.authentication', never, 'none'],
    [{ status: 402 }, 'provider.invalid_request', never, 'none'],
    [{ status: 403 }, 'provider.permission', never, 'none'],
    [{ status: 404 }, 'provider.not_found', never, 'none'],
    [{ status: 405 }, 'provider.invalid_request', never, 'none'],
    [{ status: 408 }, 'provider.timeout', backoff, 'unknown'],
    [{ status: 409 }, 'provider.conflict', backoff, 'none'],
    [{ status: 413 }, 'provider.invalid_request', never, 'none'],
    [{ status: 422 }, 'provider.invalid_request', never, 'none'],
    [{ status: 499 }, 'provider.invalid_request', never, 'none'],
    [{ status: 500 }, 'provider.server_error', backoff, 'unknown'],
    [{ status: 502, code: null }, 'provider.server_error', backoff, 'unknown'],
    [{ status: 503, code: null }, 'provider.server_error', backoff, 'unknown'],
    [{ status: 503 }, 'provider.overloaded', backoff, 'none'],
    [{ status: 504, code: null }, 'provider.server_error', backoff, 'unknown'],
    [{ status: 599, code: null }, 'provider.server_error', backoff, 'unknown'],

    [{ status: 429 }, 'provider.rate_limited', backoff, 'none'],
    [{ status: 429, code: null, type: 'requests' }, 'provider.rate_limited', backoff, 'none'],
    [{ status: 429, code: 'slow_down' }, 'provider.rate_limited', backoff, 'none'],
    [{ status: 503, code: 'slow_down' }, 'provider.rate_limited', backoff, 'none'],
    [{ status: 403, code: 'insufficient_quota' }, 'provider.quota_exhausted', { kind: 'never' }, 'none'],
    [{ status: 429, code: 'insufficient_quota' }, 'provider.quota_exhausted', never, 'none'],
    [{ status: 429, code: null, type: 'insufficient_quota' }, 'provider.quota_exhausted', never, 'none'],
    [{ status: 429, code: 'credit_balance_exhausted' }, 'provider.quota_exhausted', never, 'none'],
    [{ status: 429, code: 'organization_spend_limit_exceeded' }, 'provider.quota_exhausted', never, 'none'],
    [{ status: 429, code: 'project_spend_limit_exceeded' }, 'provider.quota_exhausted', never, 'none'],
    [{ status: 429, code: 'organization_usage_limit_exceeded' }, 'provider.quota_exhausted', never, 'none'],

    [{ status: 429, headers: { 'retry-after': '20' } }, 'provider.rate_limited', after(20_000), 'none'],
    [{ status: 429, headers: { 'retry-after-ms': '250' } }, 'provider.rate_limited', after(250), 'none'],
    [{ status: 429, headers: { 'retry-after': '120' } }, 'provider.rate_limited', after(120_000), 'none'],
    [{ status: 503, headers: { 'retry-after': '2' } }, 'provider.overloaded', after(2_000), 'none'],
    [{ status: 500, headers: { 'retry-after': '2' } }, 'provider.server_error', after(2_000), 'unknown'],
    [{ status: 429, headers: { 'retry-after': 'soon' } }, 'provider.rate_limited', backoff, 'none'],

    [{ status: 500, headers: { 'x-should-retry': 'false' } }, 'provider.server_error', never, 'unknown'],
    [{ status: 429, headers: { 'x-should-retry': 'false' } }, 'provider.rate_limited', never, 'none'],
    [{ status: 400, headers: { 'x-should-retry': 'true' } }, 'provider.invalid_request', backoff, 'none'],
    [
      { status: 429, code: 'insufficient_quota', headers: { 'x-should-retry': 'true', 'retry-after': '1' } },
      'provider.quota_exhausted',
      after(1_000),
      'none',
    ],
    [{ status: 500, headers: { 'x-should-retry': 'maybe' } }, 'provider.server_error', backoff, 'unknown'],
  ])('%j is %s', async (reply, type, retry, effect) => {
    simulator.addFault({ on: 'runs.list', fault: { kind: 'status', ...reply } });
    const problem = await problemOfRetrieve();
    expect(problem).toMatchObject({ type, retry, details: { effect, status: reply.status } });
    expect(problem.details.requestId).toMatch(/^req/);
    // SDK retries are off: one error is one request.
    expect(simulator.log.counts()).toEqual({ 'runs.list': 1 });
  });

  test('an HTTP date is counted from now', async () => {
    const inOneHour = new Date(Date.now() + 3_600_000).toUTCString();
    simulator.addFault({
      on: 'runs.list',
      fault: { kind: 'status', status: 429, headers: { 'retry-after': inOneHour } },
    });
    const { retry } = await problemOfRetrieve();
    expect(retry).toMatchObject({ kind: 'backoff', afterMs: expect.any(Number) });
    const afterMs = retry.kind === 'backoff' ? (retry.afterMs ?? 0) : 0;
    expect(afterMs).toBeGreaterThan(3_500_000);
    expect(afterMs).toBeLessThanOrEqual(3_600_000);
  });

  test('the message is the provider’s, with its code', async () => {
    simulator.addFault({
      on: 'runs.list',
      fault: { kind: 'status', status: 400, code: 'unknown_parameter', message: 'No such thing: x.' },
    });
    expect(await problemOfRetrieve()).toMatchObject({
      message: '400 No such thing: x.',
      details: { code: 'unknown_parameter' },
    });
  });

  test('a key in the message does not get through', async () => {
    const secret = 'sk-proj-abcDEF123_456-789';
    simulator.addFault({
      on: 'runs.list',
      fault: { kind: 'status', status: 401, code: secret, message: `Incorrect API key provided: ${secret}.` },
    });
    const problem = await problemOfRetrieve();
    expect(JSON.stringify(problem)).not.toContain('abcDEF');
    expect(problem.message).toContain('Incorrect API key provided: sk-[redacted]');
  });

  test('half a reply: the work was done, but nobody can read what came of it', async () => {
    const provider = providerOf(accountOf(simulator.baseURL));
    simulator.addFault({ on: 'threads.create', fault: { kind: 'truncate' } });
    const tag = { workflowId: 'w', executionId: 'e', attempt: 1, round: 0 };
    const given = { tag, input: 'hi', inputDelivered: false, request: {}, tools: [] };
    const problem = await problemOf(() => provider.create(given, new CountingContext()));
    expect(problem).toMatchObject({ type: 'provider.unexpected_reply', retry: backoff });
  });

  test.each<[string, HttpFault, FailureType, Retry]>([
    [
      'a proxy’s page with status 500',
      { kind: 'html', status: 500, when: 'before' },
      'provider.server_error',
      backoff,
    ],
    [
      'a proxy’s page with status 403',
      { kind: 'html', status: 403, when: 'before' },
      'provider.permission',
      never,
    ],
    ['a reset before the work', { kind: 'reset' }, 'provider.connection_lost', backoff],
    ['a reply that is dropped', { kind: 'drop_reply' }, 'provider.connection_lost', backoff],
    [
      'a page with status 200',
      { kind: 'html', status: 200, when: 'before' },
      'provider.unexpected_reply',
      backoff,
    ],
  ])('%s', async (_name, fault, type, retry) => {
    simulator.addFault({ on: 'runs.list', fault });
    const problem = await problemOfRetrieve();
    expect(problem).toMatchObject({ type, retry });
    expect(problem.details.effect).toBe(type === 'provider.permission' ? 'none' : 'unknown');
    expect(problem.message.length).toBeLessThanOrEqual(1_100);
  });

  test('a wrong key, for real', async () => {
    const provider = providerOf(accountOf(simulator.baseURL, { apiKey: 'sk-wrong-key-of-mine' }));
    const tag = { workflowId: 'w', executionId: 'e', attempt: 1, round: 0 };
    const problem = await problemOf(() =>
      provider.find({ tag, request: { thread_id: 'thread_1' } }, new CountingContext()),
    );
    expect(problem).toMatchObject({ type: 'provider.authentication', retry: never });
    expect(JSON.stringify(problem)).not.toContain('wrong-key-of-mine');
  });
});

describe('a provider that does not answer', () => {
  const ref = { id: 'run_1', containerId: 'thread_1' };
  const few: Retry = { kind: 'few', maximumAttempts: 5 };

  test('nobody listens: nothing was sent, and the message says where to look', async () => {
    const provider = providerOf(accountOf(await closedPort()));
    expect(await problemOf(() => provider.retrieve(ref, new CountingContext()))).toEqual({
      type: 'provider.unreachable',
      message:
        'The provider could not be reached (ECONNREFUSED). ' +
        "Check OPENAI_BASE_URL (with the account's suffix, if it has one), and the network.",
      retry: few,
      details: { effect: 'none' },
    });
  });

  test('a name that nobody has', async () => {
    // Labels of more than 63 letters are refused by the resolver itself: no network is asked.
    const provider = providerOf(accountOf(`http://${'a'.repeat(64)}.invalid/v1`));
    const problem = await problemOf(() => provider.retrieve(ref, new CountingContext()));
    expect(problem).toMatchObject({ type: 'provider.unreachable', retry: few, details: { effect: 'none' } });
    expect(problem.message).toMatch(/ENOTFOUND|EAI_AGAIN/);
  });

  test.each(['before the headers', 'within the body'])('time is up %s', async (moment) => {
    const arrived = Promise.withResolvers<void>();
    const baseURL = await serve((_request, response) => {
      if (moment === 'within the body') {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write('{"id":');
      }
      arrived.resolve();
    });
    const timeUp = new AbortController();
    const provider = providerOf(accountOf(baseURL));
    const called = problemOf(() => provider.retrieve(ref, new CountingContext(timeUp.signal)));
    await arrived.promise;
    timeUp.abort(new DOMException('time is up', 'TimeoutError'));
    expect(await called).toEqual({
      type: 'provider.timeout',
      message: 'The provider did not answer in time.',
      retry: backoff,
      details: { effect: 'unknown' },
    });
  });

  test('a signal that is aborted already: nothing is sent', async () => {
    let requests = 0;
    const baseURL = await serve((_request, response) => {
      requests += 1;
      response.end();
    });
    const provider = providerOf(accountOf(baseURL));
    const problem = await problemOf(() => provider.retrieve(ref, new CountingContext(AbortSignal.abort())));
    expect(problem.type).toBe('provider.timeout');
    expect(requests).toBe(0);
  });

  test('the connection ends within the body: it may have worked', async () => {
    const baseURL = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 });
      response.write('{"id":', () => response.destroy());
    });
    const provider = providerOf(accountOf(baseURL));
    const problem = await problemOf(() => provider.retrieve(ref, new CountingContext()));
    expect(problem).toMatchObject({ retry: backoff, details: { effect: 'unknown' } });
  });
});

const withCode = (code: string): Error => Object.assign(new Error(`connect ${code}`), { code });

describe('describeProblem', () => {
  test.each<[string, unknown, FailureType, Retry, 'none' | 'unknown']>([
    ['a timeout of the SDK', new APIConnectionTimeoutError(), 'provider.timeout', backoff, 'unknown'],
    ['an abort', new APIUserAbortError(), 'provider.timeout', backoff, 'unknown'],
    ['an abort of fetch', new DOMException('x', 'AbortError'), 'provider.timeout', backoff, 'unknown'],
    ['a broken connection', new APIConnectionError({}), 'provider.connection_lost', backoff, 'unknown'],
    [
      'a reset',
      new APIConnectionError({ cause: new TypeError('fetch failed', { cause: withCode('ECONNRESET') }) }),
      'provider.connection_lost',
      backoff,
      'unknown',
    ],
    ['a text', 'boom', 'provider.unexpected_reply', backoff, 'unknown'],
    ['nothing', undefined, 'provider.unexpected_reply', backoff, 'unknown'],
    ['an object', { status: 400 }, 'provider.unexpected_reply', backoff, 'unknown'],
    ['a bug', new TypeError('x is not a function'), 'provider.unexpected_reply', backoff, 'unknown'],
    ['an invalid request', invalidRequest('no'), 'provider.invalid_request', never, 'none'],
    ['an unexpected reply', unexpectedReply('a run', 'x'), 'provider.unexpected_reply', backoff, 'unknown'],
  ])('%s', (_name, error, type, retry, effect) => {
    expect(describeProblem(error)).toMatchObject({ type, retry, details: { effect } });
  });

  test.each([
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'UND_ERR_CONNECT_TIMEOUT',
  ])('%s proves that nothing was sent, however deep it lies', (code) => {
    const few = { kind: 'few', maximumAttempts: 5 };
    const plain = new APIConnectionError({ cause: withCode(code) });
    const deep = new APIConnectionError({
      cause: new TypeError('fetch failed', {
        cause: new AggregateError([withCode(code), withCode(code)], 'all addresses'),
      }),
    });
    for (const error of [plain, deep]) {
      expect(describeProblem(error)).toMatchObject({
        type: 'provider.unreachable',
        retry: few,
        details: { effect: 'none' },
      });
    }
  });

  test('a chain of causes that bites its tail ends', () => {
    const first = new Error('first');
    first.cause = new Error('second', { cause: first });
    expect(describeProblem(new APIConnectionError({ cause: first })).type).toBe('provider.connection_lost');
  });

  test('a provider’s own word stands', () => {
    const problem: Problem = {
      type: 'provider.thread_busy',
      message: 'm',
      retry: never,
      details: { effect: 'none', blocker: { id: 'run_1' } },
    };
    expect(describeProblem(new ProblemError(problem))).toBe(problem);
  });

  test('the date in Retry-After is counted from the given moment', () => {
    const headers = new Headers({ 'retry-after': 'Sat, 21 Nov 2026 12:00:30 GMT' });
    const error = APIError.generate(429, { error: { message: 'm' } }, 'm', headers);
    expect(describeProblem(error, Date.UTC(2026, 10, 21, 12, 0, 0)).retry).toEqual(after(30_000));
  });
});

describe('redact', () => {
  test.each([
    ['key sk-abc123.', 'sk-[redacted]', 'abc123'],
    ['key sk-proj-AbC_1-2', 'sk-[redacted]', 'AbC_1'],
    ['key sk-abc***********xyz', 'sk-[redacted]', 'xyz'],
    ['session sess-abc123', 'sess-[redacted]', 'abc123'],
    ['secret whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec-[redacted]', 'MfKQ'],
    ['secret whsec_ab+cd/efGHIJ==', 'whsec-[redacted]', 'efGHIJ'],
    ['Authorization: Bearer eyJhbGciOi.J9.x', 'Bearer [redacted]', 'eyJ'],
    ['authorization: bearer abc', 'Bearer [redacted]', 'abc'],
  ])('%s', (text, instead, secret) => {
    expect(redactSecrets(text)).toContain(instead);
    expect(redactSecrets(text)).not.toContain(secret);
  });

  test.each(['a task-force', 'risk-free desk-top', 'thread_sk', 'No run run_1 was found.'])(
    'leaves alone: %s',
    (text) => {
      expect(redactSecrets(text)).toBe(text);
    },
  );

  test('cuts what is too long', () => {
    expect(redactSecrets('a'.repeat(5_000))).toHaveLength(1_000);
  });
});
