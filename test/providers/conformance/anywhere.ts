import { describe, expect, test } from 'vitest';
import type { ToolDefinition } from '../../../providers/provider.ts';
import type { ProviderRef } from '../../../core/snapshot.ts';
import { isTerminal } from '../../../core/snapshot.ts';
import { CountingContext, problemOf } from '../support.ts';
import { outcomeOf } from './outcomes.ts';
import type { Subject } from './subject.ts';

const weatherTool: ToolDefinition = {
  name: 'get_weather',
  description: 'Get the current weather in a city',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

/** What every server must do that speaks the API: few runs, short ones, and nothing that a model might decide otherwise. */
export function testRuns(subject: Subject): void {
  const { provider } = subject;
  const patient = (): CountingContext => new CountingContext(AbortSignal.timeout(subject.server.patienceMs));

  describe('a run', () => {
    test('goes from its create to its answer, with usage, model and tag', async () => {
      const context = patient();
      const { tag, snapshot } = await subject.create(subject.asking(), context);
      expect(snapshot.ref.id).not.toBe('');
      const end = await subject.follow(snapshot.ref, 'completed');
      expect(end.output.text).toContain('4');
      expect(end.usage?.totalTokens).toBeGreaterThan(0);
      expect(end.model).toMatch(/./);
      // Some servers do not give metadata back: then nothing may be made up.
      expect([undefined, tag]).toContainEqual(end.tag);
      expect(context.calls).toMatchObject({ create: 1 });
      expect(context.calls.prepare ?? 0).toBeLessThanOrEqual(1);
    });

    test('asks for outputs, takes them, and goes on to its answer', async () => {
      const input = 'What is the weather in Paris and in Rome?';
      const tools = [weatherTool];
      const { tag, request, snapshot } = await subject.create(subject.asking({ input, tools }), patient());
      const waiting = await subject.follow(snapshot.ref, 'requires_action');
      expect(waiting.toolCalls.map(({ name }) => name)).toContain('get_weather');
      const outputs = waiting.toolCalls.map(({ callId }) => ({ callId, output: 'Sunny', failed: false }));
      const going = await provider.submitToolOutputs(
        { tag: { ...tag, round: 1 }, ref: waiting.ref, request, tools, outputs },
        patient(),
      );
      const { output } = await subject.follow(going.ref, 'completed');
      expect(output.text).toMatch(/sunny/i);
    });

    test('ends by a cancel, or was faster; another cancel gives its end', async () => {
      const input = 'Count from 1 to 2000 in words, one number a line.';
      const { snapshot } = await subject.create(subject.asking({ input }), patient());
      const first = await provider.cancel(snapshot.ref, patient());
      expect(['cancelling', 'cancelled', 'completed']).toContain(first.status);
      const end = isTerminal(first) ? first : await subject.follow(first.ref, 'cancelled');
      expect((await provider.cancel(end.ref, patient())).status).toBe(end.status);
    });

    test('is lost when the API does not know it', async () => {
      const { snapshot } = await subject.create(subject.asking(), patient());
      const unknown = alike(snapshot.ref);
      const lost = { status: 'lost', ref: unknown, message: expect.any(String) };
      expect(await provider.retrieve(unknown, patient())).toEqual(lost);
      expect(await provider.cancel(unknown, patient())).toEqual(lost);
      await provider.cancel(snapshot.ref, patient());
    });
  });

  describe('without a run', () => {
    test('a key that is wrong is refused: nothing was done, and the key is in no message', async ({
      skip,
    }) => {
      const apiKey = 'sk-conformance-this-is-not-a-key';
      const outcome = await outcomeOf(subject.providerWith({ apiKey }).create(subject.asking(), patient()));
      skip(outcome.kind === 'reply' && subject.server.simulated === undefined, 'this server takes any key');
      expect(outcome).toMatchObject({ problem: { retry: { kind: 'never' }, details: { effect: 'none' } } });
      expect(JSON.stringify(outcome)).not.toContain(apiKey);
    });

    test('a signal that is over before the call lets nothing through', async () => {
      const problem = await problemOf(() =>
        provider.create(subject.asking(), new CountingContext(AbortSignal.abort())),
      );
      expect(problem.type).toBe('provider.timeout');
      // A server that is not ours cannot be asked what it has seen.
      expect(subject.server.simulated?.simulator.log.counts() ?? {}).toEqual({});
    });

    test('events of other APIs are nobody’s', () => {
      const events = [
        'batch.completed',
        'fine_tuning.job.failed',
        'eval.run.succeeded',
        'realtime.call.incoming',
      ];
      const read = events.map((type) => provider.readWebhook({ id: 'evt_1', type, data: { id: 'x_1' } }));
      expect(read).toEqual(events.map(() => undefined));
    });
  });
}

/** A ref of the same shape, for something that never was. */
function alike(ref: ProviderRef): ProviderRef {
  return { ...ref, id: ref.id.slice(0, -8) + '00000000' };
}
