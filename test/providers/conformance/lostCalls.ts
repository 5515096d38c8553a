import { describe, expect, test } from 'vitest';
import type { RunTag } from '../../../core/tag.ts';
import type { FindRequest, Found } from '../../../providers/provider.ts';
import { CountingContext, problemOf } from '../support.ts';
import type { Subject } from './subject.ts';
import { expectAgreement, StrictContext, Truth } from './truth.ts';

/** Faults after which the work is done, and the caller cannot know. */
const afterTheWork = [
  { kind: 'drop_reply' },
  { kind: 'reset', when: 'after' },
  { kind: 'truncate' },
] as const;

/** What the workflow does after a lost reply: it asks `find`, which never throws for what is not there. */
export function testLostCalls(subject: Subject): void {
  async function find(given: FindRequest): Promise<Found> {
    const truth = new Truth(subject);
    const context = new StrictContext(subject);
    const found = await subject.provider.find(given, context);
    await expectAgreement(truth, context);
    expect(truth.created).toEqual([]);
    expect(found.kind === 'not_searchable').toBe(!subject.dialect.isSearchable);
    return found;
  }

  /** Fails unless this was found, and completes; nothing is to be found where nothing can be looked for. */
  async function expectToBe(found: Found, refId: string | undefined, tag: RunTag): Promise<void> {
    expect(found.kind).toBe(subject.dialect.isSearchable ? 'found' : 'not_searchable');
    if (found.kind !== 'found') return;
    expect(found.snapshot).toMatchObject({ ref: { id: refId }, tag });
    await subject.follow(found.snapshot.ref, 'completed');
  }

  describe('find, after a create', () => {
    test.each(afterTheWork)(
      'that has worked ($kind): it is found, where it can be looked for',
      async (fault) => {
        const given = await subject.prepared(subject.asking());
        const truth = new Truth(subject);
        subject.simulator.addFault({ on: subject.dialect.endpoints.create, fault });
        await problemOf(() => subject.provider.create(given, new CountingContext()));
        const found = await find(given);
        expect(truth.created).toHaveLength(1);
        await expectToBe(found, truth.created[0], given.tag);
      },
    );

    test('that never arrived: nothing is found, and the next create makes the only one, which is found', async () => {
      const given = await subject.prepared(subject.asking());
      const truth = new Truth(subject);
      const fault = { kind: 'reset', when: 'before' } as const;
      subject.simulator.addFault({ on: subject.dialect.endpoints.create, fault });
      await problemOf(() => subject.provider.create(given, new CountingContext()));
      expect(['not_sent', 'not_found', 'not_searchable']).toContain((await find(given)).kind);
      const { snapshot } = await subject.create(given);
      expect(truth.created).toEqual([snapshot.ref.id]);
      await expectToBe(await find(given), snapshot.ref.id, given.tag);
    });

    test('that was not even prepared: nothing is found', async () => {
      const kinds = ['not_sent', 'not_found', 'not_searchable'];
      expect(kinds).toContain((await find(subject.asking())).kind);
    });

    test.each<[string, Partial<RunTag>]>([
      ['another execution of the workflow', { executionId: 'another' }],
      ['another workflow', { workflowId: 'another' }],
      ['another attempt', { attempt: 2 }],
    ])('of %s: never ours', async (_name, difference) => {
      const { tag, request, snapshot } = await subject.begin({});
      await subject.follow(snapshot.ref, 'completed');
      expect((await find({ tag: { ...tag, ...difference }, request })).kind).not.toBe('found');
    });
  });

  describe('find, after a submit', () => {
    test.each(afterTheWork)(
      'that has worked ($kind): what it has made is found, where it can be looked for',
      async (fault) => {
        const { begun, waiting } = await subject.beginWaiting();
        const given = subject.answering(begun, waiting);
        const truth = new Truth(subject);
        subject.simulator.addFault({ on: subject.dialect.endpoints.submitToolOutputs, fault });
        await problemOf(() => subject.provider.submitToolOutputs(given, new CountingContext()));
        const refId = truth.created[0] ?? waiting.ref.id;
        const found = await find({ ...given, submittedTo: given.ref });
        await expectToBe(found, refId, truth.created.length > 0 ? given.tag : begun.tag);
        expect(truth.changes.filter(({ from }) => from === 'requires_action').length).toBeLessThanOrEqual(1);
        expect(truth.created.length).toBeLessThanOrEqual(1);
      },
    );

    test('that never arrived: sent again, it works', async () => {
      const { begun, waiting } = await subject.beginWaiting();
      const given = subject.answering(begun, waiting);
      const fault = { kind: 'reset', when: 'before' } as const;
      subject.simulator.addFault({ on: subject.dialect.endpoints.submitToolOutputs, fault });
      await problemOf(() => subject.provider.submitToolOutputs(given, new CountingContext()));
      const found = await find({ ...given, submittedTo: given.ref });
      expect(['not_sent', 'not_found', 'not_searchable']).toContain(found.kind);
      const going = await subject.provider.submitToolOutputs(given, new CountingContext());
      await subject.follow(going.ref, 'completed');
      const [report] = subject.simulator.report({ by: ['durable_run_id'] }).tags;
      expect(report).toMatchObject({ active: [], submits: { accepted: 1, refused: 0 } });
    });
  });
}
