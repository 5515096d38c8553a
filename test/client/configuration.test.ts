import { describe, expect, it } from 'vitest';
import { noPayloadKeys } from '../../codec/payloadKeys.ts';
import { linkToRun, readClientConfiguration } from '../../client/configuration.ts';
import { connectToTemporal } from '../../client/connect.ts';
import { ConfigurationError } from '../../config/environment.ts';
import { StartupError } from '../../config/process.ts';

describe('the configuration of a client', () => {
  it('has defaults for everything', () => {
    expect(readClientConfiguration({ HOME: '/nonexistent' })).toMatchObject({
      temporal: { address: 'localhost:7233', namespace: 'default' },
      taskQueue: 'durable-runs',
    });
  });

  it.each([
    ['a server on this machine', { TEMPORAL_ADDRESS: '127.0.0.1:7300' }, 'http://127.0.0.1:8300'],
    ['by IPv6', { TEMPORAL_ADDRESS: '[::1]:7233' }, 'http://[::1]:8233'],
    ['Temporal Cloud', { TEMPORAL_ADDRESS: 'ns.acct.tmprl.cloud:7233' }, 'https://cloud.temporal.io'],
    ['another server', { TEMPORAL_ADDRESS: 'temporal.example.com:7233' }, undefined],
    [
      'another server, told where',
      { TEMPORAL_ADDRESS: 'temporal.example.com:7233', TEMPORAL_UI_URL: 'https://ui.example.com/' },
      'https://ui.example.com/',
    ],
  ])('knows where the Web UI is: %s', (_name, environment, expected) => {
    expect(readClientConfiguration(environment).webUiUrl).toBe(expected);
  });

  it('links to a run, whatever its id', () => {
    const configuration = readClientConfiguration({
      TEMPORAL_ADDRESS: 'temporal.example.com:7233',
      TEMPORAL_NAMESPACE: 'my ns',
      TEMPORAL_UI_URL: 'https://ui.example.com/',
    });
    expect(linkToRun(configuration, 'order/1 ?')).toBe(
      'https://ui.example.com/namespaces/my%20ns/workflows/order%2F1%20%3F',
    );
    expect(linkToRun({ ...configuration, webUiUrl: undefined }, 'x')).toBeNull();
  });

  it.each(['localhost:8233', 'file:///x', 'ui'])('refuses %s as the address of the Web UI', (url) => {
    expect(() => readClientConfiguration({ TEMPORAL_UI_URL: url })).toThrow(ConfigurationError);
  });
});

it('says what to do when Temporal does not answer', async () => {
  const { temporal } = readClientConfiguration({ TEMPORAL_ADDRESS: '127.0.0.1:1' });
  const connecting = connectToTemporal(temporal, noPayloadKeys, 50);
  await expect(connecting).rejects.toThrow(StartupError);
  await expect(connecting).rejects.toThrow(/could not be reached at 127\.0\.0\.1:1: .* TEMPORAL_ADDRESS/);
});
