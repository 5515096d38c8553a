import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { providerNames } from '../../providers/registry.ts';
import { makeCurrent } from '../../scripts/rollout/makeCurrent.ts';
import { closedPort } from '../providers/support.ts';
import { childEnvironment } from '../support/childEnvironment.ts';

const main = fileURLToPath(new URL('../../worker/main.ts', import.meta.url));
const apiKey = 'sk-key-of-the-worker';

interface WorkerProcess {
  /** Resolves when this was written to stderr. */
  readonly says: (text: string) => Promise<void>;
  readonly stop: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
}

function startWorker(environment: Record<string, string>): WorkerProcess {
  const child = spawn(process.execPath, [main], {
    env: {
      ...childEnvironment(),
      HOME: '/nonexistent',
      WORKFLOW_BUNDLE: inject('workflowBundlePath'),
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      DURABLE_RUNS_TASK_QUEUE: `worker-process-${randomUUID()}`,
      OPENAI_API_KEY: apiKey,
      ...environment,
    },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const closed = once(child, 'close');
  return {
    async says(text) {
      while (!stderr.includes(text)) {
        const spoke = await Promise.race([once(child.stderr, 'data'), closed.then(() => undefined)]);
        if (spoke === undefined && !stderr.includes(text)) throw new Error(`It ended without: ${stderr}`);
      }
    },
    stop: (signal) => void child.kill(signal),
    ended: closed.then(() => ({ code: child.exitCode, stdout, stderr })),
  };
}

describe('worker/main.ts', () => {
  test('without a key ends with 2, and says what is missing', async () => {
    expect(await startWorker({ OPENAI_API_KEY: '' }).ended).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'The configuration is not valid:\n' +
        '  - OPENAI_API_KEY: expected the API key of your OpenAI project. Set it in the environment of this process; got nothing\n',
    });
  });

  test('with accounts that are not right ends with 2, and says all that is wrong with them', async () => {
    const { code, stderr } = await startWorker({
      OPENAI_PROVIDER: 'asistant',
      OPENAI_ACCOUNTS: 'eu',
      OPENAI_API_KEY__EUU: 'sk-key-of-eu',
    }).ended;
    expect(stderr.trim().split('\n')).toEqual([
      'The configuration is not valid:',
      `  - OPENAI_PROVIDER: expected the name of a provider: ${providerNames.join(' or ')}; got 'asistant'`,
      expect.stringMatching(/^ {2}- OPENAI_API_KEY__EU: .*; got nothing$/),
      expect.stringMatching(/^ {2}- OPENAI_API_KEY__EUU: expected the suffix of an account/),
    ]);
    expect(stderr).not.toContain('sk-key');
    expect(code).toBe(2);
  });

  test('serves all accounts, and says so without their keys', async () => {
    const worker = startWorker({ OPENAI_ACCOUNTS: 'eu', OPENAI_API_KEY__EU: 'sk-key-of-eu' });
    await worker.says('"msg":"ready"');
    worker.stop('SIGTERM');
    const { stderr } = await worker.ended;
    const baseURL = 'https://api.openai.com/v1';
    expect(stderr).toContain(
      JSON.stringify([
        { name: 'default', baseURL },
        { name: 'eu', baseURL },
      ]),
    );
    expect(stderr).not.toContain('sk-key');
  });

  test('a versioned one says that it gets no runs before its build is current, and how to make it so', async () => {
    const deployment = `worker-process-${randomUUID()}`;
    const variables = { WORKER_DEPLOYMENT_NAME: deployment, WORKER_BUILD_ID: 'abc' };
    const command = `temporal worker deployment set-current-version --namespace default --deployment-name ${deployment} --build-id abc`;
    const first = startWorker(variables);
    await first.says('"msg":"ready"');
    const connection = await Connection.connect({ address: inject('temporalAddress') });
    onTestFinished(() => connection.close());
    const version = { deploymentName: deployment, buildId: 'abc' };
    await makeCurrent(new Client({ connection }), version, AbortSignal.timeout(30_000));
    first.stop('SIGTERM');
    expect((await first.ended).stderr).toContain(command);

    const second = startWorker(variables);
    await second.says('"msg":"ready"');
    second.stop('SIGTERM');
    const { stderr } = await second.ended;
    expect(stderr).toContain(`"deploymentName":"${deployment}","buildId":"abc"`);
    expect(stderr).not.toContain('set-current-version');
  });

  test('without Temporal ends with 2, and says where it was looked for', async () => {
    const { host } = new URL(await closedPort());
    const { code, stderr } = await startWorker({ TEMPORAL_ADDRESS: host }).ended;
    expect(code).toBe(2);
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(new RegExp(`^Temporal could not be reached at ${host}: .*TEMPORAL_ADDRESS`)),
    ]);
  });

  test('in a namespace that does not exist ends with 2, and says so', async () => {
    const { code, stderr } = await startWorker({ TEMPORAL_NAMESPACE: 'no-such-namespace' }).ended;
    expect(stderr).toMatch(/^[^\n]*no-such-namespace[^\n]*\n$/);
    expect(code).toBe(2);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s ends it with 0, and nothing was on stdout',
    async (signal) => {
      const worker = startWorker({});
      await worker.says('"msg":"ready"');
      worker.stop(signal);
      const { code, stdout, stderr } = await worker.ended;
      expect(stderr).toContain('"msg":"stopped"');
      expect(stderr).not.toContain(apiKey);
      expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    },
  );
});
