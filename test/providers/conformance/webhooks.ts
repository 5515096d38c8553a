import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { isObject } from '../../../core/json.ts';
import type { ProviderRef, SnapshotStatus } from '../../../core/snapshot.ts';
import { createClient } from '../../../providers/account.ts';
import type { WebhookNews } from '../../../providers/provider.ts';
import { ProviderRegistry } from '../../../providers/registry.ts';
import { verifyWebhook } from '../../../providers/webhook.ts';
import type { CommonScript } from './dialects.ts';
import type { Subject, SnapshotThatIs } from './subject.ts';
import { hasStatus } from './subject.ts';
import { expectAgreement, StrictContext, Truth } from './truth.ts';

interface Told<Status extends SnapshotStatus> {
  readonly event: Record<string, unknown>;
  readonly news: WebhookNews;
  readonly snapshot: SnapshotThatIs<Status>;
}

/** What webhooks tell of, from the wire to the snapshot. */
export function testWebhooks(subject: Subject): void {
  const { account } = subject.server;
  const client = createClient(account);

  /** The events as they are delivered, verified, for as long as anybody wants more. */
  async function* events(): AsyncGenerator<Record<string, unknown>> {
    const { delivered } = subject.simulated;
    const endsAt = Date.now() + subject.server.patienceMs;
    for (let next = 0; Date.now() < endsAt;) {
      const delivery = delivered[next];
      if (delivery === undefined) {
        await sleep(subject.server.pauseMs);
        continue;
      }
      next += 1;
      const webhook = await verifyWebhook(client, account.webhookSecrets, delivery.body, delivery.headers);
      if (webhook.kind === 'refused') throw new Error(`A delivery was refused: ${webhook.reason}`);
      if (!isObject(webhook.event)) throw new Error(`Delivered was ${delivery.body}.`);
      yield webhook.event;
    }
    throw new Error(
      `The event that was waited for is not among ${delivered.map(({ body }) => body).join()}.`,
    );
  }

  /** The event that leads to what has this status now. */
  async function told<Status extends SnapshotStatus>(
    { id }: ProviderRef,
    status: Status,
  ): Promise<Told<Status>> {
    for await (const event of events()) {
      const news = subject.provider.readWebhook(event);
      if (news?.ref.id !== id) continue;
      const truth = new Truth(subject);
      const context = new StrictContext(subject);
      const snapshot = await news.readSnapshot(context);
      await expectAgreement(truth, context);
      if (hasStatus(snapshot, status)) return { event, news, snapshot };
    }
    throw new Error('There is always another event, or an error.');
  }

  describe('readWebhook', () => {
    const ends: readonly [SnapshotStatus, CommonScript, object][] = [
      ['completed', { answer: 'forty-two' }, { output: { text: 'forty-two' } }],
      ['failed', { error: { code: 'rate_limit_exceeded' } }, { error: { code: 'rate_limit_exceeded' } }],
      ['incomplete', { end: 'incomplete' }, {}],
      ['cancelled', { end: 'cancelled' }, {}],
      ['requires_action', { rounds: [[{ name: 'add' }]] }, { toolCalls: [{ name: 'add' }] }],
    ];
    test.each(ends)(
      'leads to what is %s now: its ref, its tag and its snapshot',
      async (status, script, expected) => {
        const { tag, snapshot: created } = await subject.begin(script);
        const { news, snapshot } = await told(created.ref, status);
        expect(snapshot).toMatchObject({ status, ref: news.ref, tag, ...expected });
        expect([undefined, tag]).toContainEqual(news.tag);
        // The ref that a webhook gives is enough for everything else.
        expect(await subject.follow(news.ref, status)).toEqual(snapshot);
      },
    );

    test('leads to what goes on with the outputs', async () => {
      const { begun, waiting } = await subject.beginWaiting();
      const given = subject.answering(begun, waiting);
      const going = await subject.provider.submitToolOutputs(given, new StrictContext(subject));
      const { snapshot } = await told(going.ref, 'completed');
      expect(snapshot.tag).toEqual(going.ref.id === waiting.ref.id ? begun.tag : given.tag);
    });

    test('of an event is the business of one provider', async () => {
      const { snapshot } = await subject.begin({});
      const { event } = await told(snapshot.ref, 'completed');
      const all = new ProviderRegistry([account]).all(account.name);
      expect(all.filter((provider) => provider.readWebhook(event) !== undefined)).toHaveLength(1);
    });

    test('of what is not ours gives nothing; only where the event cannot show that, something without our tag', async () => {
      await subject.dialect.makeForeign(client);
      const { value: event } = await events().next();
      expect(event).toMatchObject({ type: expect.any(String), data: { id: expect.any(String) } });
      const news = subject.provider.readWebhook(event);
      const hasMetadata = isObject(event) && isObject(event['data']) && isObject(event['data']['metadata']);
      expect(hasMetadata && news !== undefined).toBe(false);
      const snapshot = await news?.readSnapshot(new StrictContext(subject));
      expect(snapshot?.tag).toBeUndefined();
    });

    test('of an odd event gives nothing', async () => {
      const { snapshot } = await subject.begin({});
      const { event } = await told(snapshot.ref, 'completed');
      const data = isObject(event['data']) ? event['data'] : {};
      const odd: readonly unknown[] = [
        undefined,
        null,
        0,
        true,
        '',
        'completed',
        [],
        {},
        [event],
        ...[undefined, null, '', 'data', 7, [], {}, [data]].map((part) => ({ ...event, data: part })),
        ...[undefined, null, '', 7, {}, [data['id']]].map((id) => ({ ...event, data: { ...data, id } })),
        ...[undefined, null, '', 7, [event['type']], 'batch.completed', `x.${String(event['type'])}`].map(
          (type) => ({ ...event, type }),
        ),
        { ...event, type: 'thread.run.step.completed' },
        { ...event, type: 'response.output_text.done' },
        { ...event, type: 'agent.environment.idle' },
      ];
      expect(subject.provider.readWebhook(event)).toBeDefined();
      expect(odd.filter((other) => subject.provider.readWebhook(other) !== undefined)).toEqual([]);
    });
  });
}
