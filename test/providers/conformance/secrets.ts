import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { CountingContext, serve } from '../support.ts';
import { outcomeOf } from './outcomes.ts';
import type { Subject } from './subject.ts';

/** A server that quotes the key that it is called with. */
type Indiscreet = (response: ServerResponse, authorization: string) => void;

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

const indiscretions: readonly [string, Indiscreet][] = [
  ...[400, 401, 403, 404, 429, 500].map((status): [string, Indiscreet] => [
    `an error ${status} in the envelope`,
    (response, quoted) => json(response, status, { error: { message: `Not with ${quoted}!`, code: null } }),
  ]),
  ['an error without the envelope', (response, quoted) => json(response, 400, { detail: quoted })],
  ['an HTML page', (response, quoted) => response.writeHead(502).end(`<h1>Bad ${quoted}</h1>`)],
  ['a page that is no JSON', (response, quoted) => response.writeHead(200).end(`${quoted} is unknown`)],
  [
    'what claims to be JSON',
    (response, quoted) => response.writeHead(200, { 'content-type': 'application/json' }).end(quoted),
  ],
  ['JSON that is only a text', (response, quoted) => json(response, 200, quoted)],
  ['an object with nothing else', (response, quoted) => json(response, 200, { [quoted]: quoted })],
];

export function testSecrets(subject: Subject): void {
  describe('the key is in no message, when the server quotes it in', () => {
    test.each(indiscretions)('%s', async (_name, quote) => {
      const { begun, waiting } = await subject.beginWaiting();
      const { apiKey } = subject.server.account;
      let asked = 0;
      const baseURL = await serve((request, response) => {
        asked += 1;
        quote(response, request.headers.authorization ?? '');
      });
      const provider = subject.providerWith({ baseURL });
      const submit = subject.answering(begun, waiting);
      const context = new CountingContext();
      const outcomes = await Promise.all([
        outcomeOf(provider.create(subject.asking(), context)),
        outcomeOf(provider.create({ ...subject.asking(), request: begun.request }, context)),
        outcomeOf(provider.retrieve(waiting.ref, context)),
        outcomeOf(provider.submitToolOutputs(submit, context)),
        outcomeOf(provider.cancel(waiting.ref, context)),
        outcomeOf(provider.find(begun, context)),
        outcomeOf(provider.find({ ...submit, submittedTo: submit.ref }, context)),
      ]);
      expect(asked).toBeGreaterThan(4);
      const words = JSON.stringify(outcomes);
      expect(words).toMatch(/problem/);
      // Nor a part of it that would be worth something.
      for (const part of [apiKey, apiKey.slice(0, 14), apiKey.slice(-10)]) expect(words).not.toContain(part);
    });
  });
}
