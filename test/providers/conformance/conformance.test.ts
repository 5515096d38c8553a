import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { providerNames } from '../../../providers/registry.ts';
import { dialectOf } from './dialects.ts';
import { realServer, startSimulated, type Server } from './servers.ts';
import { Subject } from './subject.ts';
import { testAnywhere, testAtSimulator } from './suite.ts';

/*
 * The contract of providers/provider.ts, for every provider that is registered: at the simulator, over HTTP, and at a real server when
 * the environment names one:
 *
 *   DURABLE_RUNS_CONFORMANCE_BASE_URL, _API_KEY   the server; both or none
 *   DURABLE_RUNS_CONFORMANCE_PROVIDER             the provider that speaks its API (default: the first of the registry)
 *   DURABLE_RUNS_CONFORMANCE_MODEL, _ASSISTANT_ID what runs are made with, where the API wants it
 *
 * A real server is asked for a handful of short runs; the part that wants the simulator is skipped for it.
 */

const simulated = await startSimulated();
afterAll(() => simulated.close());
const real = realServer(process.env);

const targets: readonly { readonly name: string; readonly server: Server }[] = [
  ...providerNames.map((name) => ({ name, server: simulated })),
  ...(real === undefined ? [] : [{ name: real.provider ?? providerNames[0] ?? '', server: real.server }]),
];

describe.each(targets)('provider $name at $server.label', ({ name, server }) => {
  const subject = new Subject(name, server);
  beforeEach(() => subject.forget());

  describe('on any server', { timeout: 2 * server.patienceMs }, () => {
    testAnywhere(subject);
  });
  describe.skipIf(server.simulated === undefined)('with faults, scripts and webhooks', () => {
    testAtSimulator(subject);
  });
});

test.each(providerNames)('dialects.ts has an entry for %s', (name) => {
  expect(() => dialectOf(name)).not.toThrow();
});
