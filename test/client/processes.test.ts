import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunsClient } from '../../client/index.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { environmentFor, readJson, runHere, runProcess, scripted, type Ended } from './support.ts';

const question = 'What is 2+2?';
const refusal = JSON.stringify(scripted({ error: { code: 'invalid_prompt', message: 'No.' } }));
const endless = JSON.stringify(scripted({ stuck: 'in_progress' }));

describe('the command line', () => {
  let harness: Harness;
  let runs: RunsClient;
  let environment: Record<string, string>;
  let folder: string;
  beforeAll(async () => {
    harness = await startHarness();
    runs = new RunsClient(harness.client, { taskQueue: harness.taskQueue });
    environment = environmentFor(harness.taskQueue);
    folder = await mkdtemp(join(tmpdir(), 'durable-runs-test-'));
  });
  afterAll(async () => {
    await harness.stop();
    await rm(folder, { recursive: true });
  });

  /** Most commands run within the tests' process, which spares its start; `process` is for what only a real one shows. */
  const here = (...given: string[]): Promise<Ended> => runHere(given, environment);
  const process = (...given: string[]): Promise<Ended> => runProcess(given, environment);

  async function startRun(request?: string, ...more: string[]): Promise<string> {
    const id = `order-${randomUUID()}`;
    const options = request === undefined ? [] : ['--request', request];
    expect((await here('start', '--input', question, '--id', id, ...options, ...more)).code).toBe(0);
    return id;
  }

  async function startAndEndRun(request?: string): Promise<string> {
    const id = await startRun(request);
    await runs
      .getHandle(id)
      .result()
      .catch(() => {});
    return id;
  }

  describe('as a process', () => {
    it('starts a run, and prints its result as one JSON object', async () => {
      const ended = await process('start', '--input', question, '--tool', 'add', '--wait', '--json');
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      expect(readJson(ended)).toMatchObject({ status: 'completed', error: null, account: 'default' });
    });

    it('exits with 1 when the run does not complete, and says why', async () => {
      const ended = await process('start', '--input', question, '--request', refusal, '--wait');
      expect(ended.code).toBe(1);
      expect(ended.stderr).toMatch(/The run 'run-.*' ended failed: No\./);
      expect(ended.stdout).toMatch(/^failed in .* · 1 attempt · /);
    });

    it('exits with 2 when there is no such run', async () => {
      const ended = await process('result', 'no-such-run', '--json');
      expect(ended).toMatchObject({ code: 2, stderr: '' });
      expect(readJson(ended)).toEqual({
        error: { code: 'run_not_found', message: expect.stringContaining("'no-such-run'") },
      });
    });

    it('exits with 2 within seconds when Temporal is not there', async () => {
      const ended = await runProcess(['list'], { TEMPORAL_ADDRESS: '127.0.0.1:1' });
      expect(ended).toMatchObject({ code: 2, stdout: '' });
      expect(ended.stderr).toMatch(/^Temporal could not be reached at 127\.0\.0\.1:1: .*\n$/);
    });

    it('reads the message from standard input', async () => {
      const options = { stdin: 'What is 3+4?\n' };
      const ended = await runProcess(['start', '--input-file', '-', '--wait'], environment, options);
      expect(ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^3\+4 = 7\.\n\ncompleted in /) });
    });

    it.each(['start', 'result', 'watch'])(
      'Ctrl-C ends the waiting of %s, and not the run',
      async (command) => {
        const id = `order-${randomUUID()}`;
        await runs.start({ input: question, request: scripted({ stuck: 'in_progress' }) }, { id });
        const given =
          command === 'start' ? ['start', '--input', question, '--id', id, '--wait'] : [command, id];
        const ended = await runProcess(given, environment, { interruptAfter: /Ctrl-C|attempt 1/ });
        expect(ended.code).toBe(130);
        expect(ended.stderr).toContain(`the run ${id} goes on without this command`);
        expect(ended.stderr).toContain(`npm run runs -- watch ${id}`);

        expect(await runs.getHandle(id).report()).toMatchObject({ status: 'running' });
        await runs.getHandle(id).cancel();
      },
    );
  });

  it('start prints the id, what to type next, and the page in the Web UI', async () => {
    const id = `order-${randomUUID()}`;
    const ended = await here('start', '--input', question, '--id', id);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const [story, next, link] = ended.stdout.split('\n');
    expect([story, next]).toEqual([`Started ${id}`, `Next: npm run runs -- watch ${id}`]);
    expect(link).toMatch(new RegExp(`^Web UI: http://.*/namespaces/default/workflows/${id}$`));
  });

  it('start with an id that exists starts nothing, and says so', async () => {
    const id = await startAndEndRun();
    expect((await here('start', '--input', question, '--id', id)).stdout).toContain('nothing was started');
    const ended = await here('start', '--input', question, '--id', id, '--json');
    expect(readJson(ended)).toEqual({ id, isNew: false, webUi: expect.any(String) });
    expect(ended.code).toBe(0);
  });

  it('start takes everything that a run can be given', async () => {
    const file = join(folder, 'input.txt');
    await writeFile(file, 'Wait.');
    const id = `order-${randomUUID()}`;
    const options = ['--assistant', 'asst_simulator', '--model', 'gpt-x', '--instructions', 'Be brief.'];
    const waiting = ['--mode', 'webhook', '--policy', '{"deadlines":{"totalMs":60000}}', '--tool', 'add'];
    await here('start', '--input-file', file, '--id', id, ...options, ...waiting, '--request', endless);

    const created = () => harness.simulator.runs().find((run) => run.metadata?.['durable_run_id'] === id);
    await expect.poll(created, { interval: 20, timeout: 10_000 }).toMatchObject({
      assistant_id: 'asst_simulator',
      model: 'gpt-x',
      instructions: 'Be brief.',
      tools: [{ function: { name: 'add' } }],
    });
    await runs.getHandle(id).cancel();
  });

  it('result prints the answer and what it took', async () => {
    const id = await startAndEndRun();
    const ended = await here('result', id);
    expect(ended).toMatchObject({ code: 0, stderr: expect.not.stringContaining('Error') });
    expect(ended.stdout).toMatch(
      /^2\+2 = 4\.\n\ncompleted in .* · \d provider calls \(thread 1, create 1, .*\) · 1 attempt · 0 tool rounds · 12 tokens \(10 in, 2 out\)\n$/,
    );
    expect(readJson(await here('result', id, '--json'))).toEqual(await runs.getHandle(id).result());
  });

  it('result of a run that did not complete is JSON of the same form, and exits with 1', async () => {
    const failed = await here('result', await startAndEndRun(refusal), '--json');
    expect(failed).toMatchObject({ code: 1, stderr: '' });
    expect(readJson(failed)).toMatchObject({
      status: 'failed',
      error: { code: 'invalid_prompt', message: 'No.' },
    });

    const id = await startRun(endless);
    await harness.client.workflow.getHandle(id).terminate('for the test');
    const terminated = await here('result', id, '--json');
    expect(terminated.code).toBe(1);
    expect(readJson(terminated)).toEqual({
      id,
      status: 'terminated',
      error: { code: 'terminated', message: expect.any(String) },
    });
    expect(await here('result', id)).toMatchObject({ code: 1, stdout: expect.stringContaining('not known') });
  });

  it('watch shows what the run is doing until it ends', async () => {
    const id = await startRun(endless, '--mode', 'webhook');
    const run = runs.getHandle(id);
    const endRun = async (): Promise<void> => {
      const report = await run.report();
      if (report.knownFrom === 'temporal' || report.current === null) throw new Error('It was created.');
      const { ref } = report.current;
      const snapshot = { ref, status: 'completed', output: { text: 'Done.' } } as const;
      await run.wakeUp({ webhookId: `wh_${id}`, eventType: 'thread.run.completed', ref, snapshot });
    };
    const line = /^\d\d:\d\d:\d\d {2}attempt 1 queued: waiting 30 s or for a webhook\n$/;
    let ending: Promise<void> | undefined;
    const onWritten = (piece: string): void => {
      if (line.test(piece)) ending ??= endRun();
    };
    const ended = await runHere(['watch', id, '--interval', '10'], environment, { onWritten });
    await ending;
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(/\nDone\.\n\ncompleted in /);
  });

  it('watch of a run that has ended gives its result', async () => {
    const completed = await here('watch', await startAndEndRun());
    expect(completed).toMatchObject({ code: 0, stdout: expect.stringContaining('2+2 = 4.') });
    const asJson = await here('watch', await startAndEndRun(), '--json');
    expect(readJson(asJson)).toMatchObject({ status: 'completed', text: '2+2 = 4.' });
    expect(await here('watch', await startAndEndRun(refusal))).toMatchObject({ code: 1 });
    expect(await here('watch', 'no-such-run')).toMatchObject({ code: 2 });
  });

  it('status shows the run as a table, or as JSON', async () => {
    const id = await startAndEndRun();
    const ended = await here('status', id);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(/^Status +completed$/m);
    expect(ended.stdout).toMatch(/^Attempt 1 +run_\w+ completed$/m);
    expect(readJson(await here('status', id, '--json'))).toMatchObject({
      id,
      status: 'completed',
      knownFrom: 'worker',
      webUi: expect.stringContaining(id),
    });
    // The command did its job, whatever became of the run.
    expect(await here('status', await startAndEndRun(refusal))).toMatchObject({ code: 0 });
    expect(await here('status', 'no-such-run')).toMatchObject({ code: 2 });
  });

  it('list shows runs, latest first', async () => {
    const id = await startAndEndRun(refusal);
    const list = () => here('list', '--status', 'failed', '--limit', '5');
    await expect.poll(list, { interval: 50, timeout: 10_000 }).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(new RegExp(`^${id} +failed +assistant`, 'm')),
    });
    const { stdout } = await list();
    expect(stdout).toMatch(/^ID +STATUS +PROVIDER +MODEL +STARTED +DURATION\n/);
    expect(readJson(await here('list', '--status', 'failed', '--limit', '1', '--json'))).toEqual({
      runs: [expect.objectContaining({ status: 'failed' })],
    });
  });

  it('cancel asks the run to cancel, and says when it has ended already', async () => {
    const id = await startRun(endless);
    expect(readJson(await here('cancel', id, '--json'))).toEqual({ id, cancel: 'requested' });
    expect(await here('result', id)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('ended cancelled'),
    });
    expect(await here('cancel', id)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('already ended'),
    });
    expect(await here('cancel', 'no-such-run')).toMatchObject({ code: 2 });
  });

  it('says which namespace is not there', async () => {
    const ended = await runHere(['list', '--json'], { ...environment, TEMPORAL_NAMESPACE: 'no-such-ns' });
    expect(ended.code).toBe(2);
    expect(readJson(ended)).toEqual({
      error: { code: 'configuration', message: expect.stringContaining("no namespace 'no-such-ns'") },
    });
  });
});
