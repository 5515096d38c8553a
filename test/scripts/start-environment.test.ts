import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readStartConfiguration } from '../../scripts/start/configuration.ts';
import { buildEnvironment } from '../../scripts/start/environment.ts';
import { temporaryFolder } from './support.ts';

const ofTheUser = {
  PATH: '/usr/bin',
  WORKFLOW_BUNDLE: 'bundle.js',
  TEMPORAL_NAMESPACE: 'mine',
  TEMPORAL_API_KEY: 'secret',
  WORKER_DEPLOYMENT_NAME: 'runs',
  WORKER_BUILD_ID: 'abc',
};

function build(more: Record<string, string>): NodeJS.ProcessEnv {
  const given = { ...ofTheUser, DURABLE_RUNS_STATE_DIR: temporaryFolder(), ...more };
  const configuration = readStartConfiguration(given);
  return buildEnvironment(given, configuration, configuration.temporalAddress ?? '127.0.0.1:7233', undefined);
}

describe('the environment of what npm start starts', () => {
  it('has nothing of the user’s Temporal, nor of their deployment, when the server is its own', () => {
    const environment = build({});
    expect(environment).toMatchObject({ PATH: '/usr/bin', WORKFLOW_BUNDLE: 'bundle.js' });
    const left = Object.keys(environment).filter((name) => /^(TEMPORAL|WORKER)_/.test(name));
    expect(left.toSorted()).toEqual(['TEMPORAL_ADDRESS', 'TEMPORAL_CONFIG_FILE']);
    expect(readFileSync(environment['TEMPORAL_CONFIG_FILE'] ?? '', 'utf8')).toBe('[profile.default]\n');
  });

  it('has all of it when the server is the user’s', () => {
    const address = { TEMPORAL_ADDRESS: 'temporal.example.com:7233' };
    expect(build(address)).toMatchObject({ ...ofTheUser, ...address });
  });

  it('has no account of the user’s when runs go to the simulator', () => {
    const environment = build({ OPENAI_ACCOUNTS: 'eu', OPENAI_API_KEY__EU: 'sk-secret-of-mine' });
    expect(environment['OPENAI_API_KEY']).toBe('sk-simulator');
    expect(JSON.stringify(environment)).not.toContain('secret-of-mine');
    expect(environment).not.toHaveProperty('OPENAI_ACCOUNTS');
  });
});
