import { describe, expect, test } from 'vitest';
import { outcomeOf } from './outcomes.ts';
import type { Subject } from './subject.ts';
import { expectAgreement, StrictContext, Truth } from './truth.ts';

const rounds = [
  [
    { name: 'add', arguments: { a: 1, b: 2 } },
    { name: 'multiply', arguments: { a: 3, b: 4 } },
  ],
  [{ name: 'add', arguments: { a: 5, b: 6 } }],
];

/** Asking for outputs, and going on with them. */
export function testToolLoop(subject: Subject): void {
  describe('submitToolOutputs', () => {
    test('goes on with the outputs of a round, through parallel calls and two rounds', async () => {
      const truth = new Truth(subject);
      const begun = await subject.begin({ rounds });
      const first = await subject.follow(begun.snapshot.ref, 'requires_action');
      expect(first).toMatchObject({
        tag: begun.tag,
        toolCalls: [
          { name: 'add', arguments: '{"a":1,"b":2}' },
          { name: 'multiply', arguments: '{"a":3,"b":4}' },
        ],
      });
      const firstIds = first.toolCalls.map(({ callId }) => callId);

      const going = await subject.provider.submitToolOutputs(
        subject.answering(begun, first),
        new StrictContext(subject),
      );
      const second = await subject.follow(going.ref, 'requires_action', firstIds);
      const news = second.toolCalls.filter(({ callId }) => !firstIds.includes(callId));
      expect(news).toMatchObject([{ name: 'add', arguments: '{"a":5,"b":6}' }]);
      const ids = [...firstIds, ...news.map(({ callId }) => callId)];
      expect(new Set(ids).size).toBe(3);

      const answering = { ...subject.answering(begun, { ...second, toolCalls: news }, 2) };
      const last = await subject.provider.submitToolOutputs(answering, new StrictContext(subject));
      const { output, ref } = await subject.follow(last.ref, 'completed');
      expect(output.text).not.toBe('');
      expect(ref.id).toBe(last.ref.id);

      // Whatever is made has its round's tag; what takes outputs in place keeps its own.
      const refs = [...new Set([begun.snapshot.ref.id, going.ref.id, last.ref.id])];
      expect(truth.created).toEqual(refs);
      const tagged = truth.changes.filter(({ from }) => from === null).map(({ metadata }) => metadata);
      expect(tagged.map((metadata) => metadata['durable_run_round'])).toEqual(
        refs.map((_ref, round) => String(round)),
      );
      const [report] = subject.simulator.report({ by: ['durable_run_id'] }).tags;
      expect(report).toMatchObject({ active: [], submits: { accepted: 2, refused: 0 } });
    });

    test('the reply of a submit is about what goes on, with its tag', async () => {
      const { begun, waiting } = await subject.beginWaiting();
      const answering = subject.answering(begun, waiting);
      const truth = new Truth(subject);
      const context = new StrictContext(subject);
      const going = await subject.provider.submitToolOutputs(answering, context);
      await expectAgreement(truth, context);
      expect(['queued', 'in_progress', 'completed']).toContain(going.status);
      const isNew = going.ref.id !== waiting.ref.id;
      expect(truth.created).toEqual(isNew ? [going.ref.id] : []);
      const { tag } = await subject.follow(going.ref, 'completed');
      expect(tag).toEqual(isNew ? answering.tag : begun.tag);
    });

    // The contract lets nobody send a submit twice without having asked `find`, so a provider may make something new of the second one if,
    // and only if, its `find` never says that the first was not sent.
    test('twice is refused, or does nothing, or is never led to by find', async () => {
      const { begun, waiting } = await subject.beginWaiting();
      const answering = subject.answering(begun, waiting);
      const first = await subject.provider.submitToolOutputs(answering, new StrictContext(subject));
      await subject.follow(first.ref, 'completed');
      const { tag, ref: submittedTo, request } = answering;
      const found = await subject.provider.find({ tag, submittedTo, request }, new StrictContext(subject));
      expect(found.kind).not.toBe('not_found');

      const truth = new Truth(subject);
      const context = new StrictContext(subject);
      const outcome = await outcomeOf(subject.provider.submitToolOutputs(answering, context));
      await expectAgreement(truth, context);
      const [made, ...others] = truth.created;
      expect(others).toEqual([]);
      expect(made === undefined ? [] : [found.kind]).not.toContain('not_sent');
      // A refusal, or where the attempt has gone to; or what was made now.
      const told = outcome.kind === 'problem' ? outcome.problem.details.effect : outcome.reply.ref.id;
      expect(made === undefined ? ['none', 'unknown', first.ref.id] : ['unknown', made]).toContain(told);
    });
  });
}
