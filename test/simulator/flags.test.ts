import { describe, expect, it } from 'vitest';
import { createCommand } from '../../simulator/flags.ts';

function parse(args: string[]): unknown {
  const command = createCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  return command.parse(args, { from: 'user' }).opts();
}

describe('the flags', () => {
  it('have their defaults', () => {
    expect(parse([])).toEqual({
      port: 4010,
      host: '127.0.0.1',
      apiKey: ['sk-simulator'],
      timeScale: 1,
      logLevel: 'warn',
    });
  });

  it('are read', () => {
    const args =
      '--api-key a --api-key b,c --time scaled --time-scale 60 --seed 7 --poll-after-ms 5 --sunset --requests-per-minute 10 ' +
      '--tokens-per-minute 20 --max-objects 30 --max-log-entries 40 --http-webhooks any --queue-ms 1 --work-ms 2';
    expect(parse(args.split(' '))).toMatchObject({
      apiKey: ['a', 'b', 'c'],
      time: 'scaled',
      timeScale: 60,
      seed: '7',
      pollAfterMs: 5,
      sunset: true,
      requestsPerMinute: 10,
      tokensPerMinute: 20,
      maxObjects: 30,
      maxLogEntries: 40,
      httpWebhooks: 'any',
      queueMs: 1,
      workMs: 2,
    });
  });

  it.each([
    ['--port many', /Expected a port/],
    ['--time-scale 0', /Expected a number above 0/],
    ['--time backwards', /Allowed choices are real, scaled, stepped/],
    ['--queue-ms soon', /Expected milliseconds/],
    ['--max-objects 0', /Expected a whole number, 1 or more/],
    ['--webhook-url nowhere', /Expected an http or https URL/],
    ['--unheard-of', /unknown option/],
  ])('refuse %s', (args, why) => {
    expect(() => parse(args.split(' '))).toThrow(why);
  });
});
