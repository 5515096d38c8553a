import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isSameRun,
  isSameTag,
  maximumUserMetadataPairs,
  reservedMetadataPrefix,
  tagFromMetadata,
  tagToMetadata,
  type RunTag,
} from '../../core/tag.ts';

const tag: RunTag = { workflowId: 'order-17', executionId: '8f3c', attempt: 2, round: 1 };
const written = {
  durable_run_id: 'order-17',
  durable_run_execution: '8f3c',
  durable_run_attempt: '2',
  durable_run_round: '1',
};

describe('a tag in metadata', () => {
  test('has stable names: runs of earlier versions are found by them', () => {
    expect(tagToMetadata(tag)).toEqual(written);
    for (const key of Object.keys(written)) expect(key.startsWith(reservedMetadataPrefix)).toBe(true);
  });

  test("leaves 11 of OpenAI's 16 pairs to the user: four are the tag's, and one is the provider's", () => {
    expect(maximumUserMetadataPairs).toBe(11);
    expect(Object.keys(tagToMetadata(tag)).length + 1 + maximumUserMetadataPairs).toBe(16);
  });

  test('comes back as it was written, among whatever else is there', () => {
    fc.assert(
      fc.property(
        fc.record({
          workflowId: fc.string({ minLength: 1, maxLength: 512 }),
          executionId: fc.uuid(),
          attempt: fc.integer({ min: 1, max: 1_000 }),
          round: fc.nat(1_000),
        }),
        fc.dictionary(fc.string(), fc.string()),
        (given, others) => {
          const travelled: unknown = JSON.parse(JSON.stringify({ ...others, ...tagToMetadata(given) }));
          expect(tagFromMetadata(travelled)).toEqual(given);
        },
      ),
    );
  });

  test.each<[string, unknown]>([
    ['none', undefined],
    ['null', null],
    ['empty', {}],
    ['a text', JSON.stringify(written)],
    ['a list', [written]],
    ['somebody else’s', { order: '17' }],
    ['no id', { ...written, durable_run_id: undefined }],
    ['an empty id', { ...written, durable_run_id: '' }],
    ['an id that is no text', { ...written, durable_run_id: 17 }],
    ['no execution', { ...written, durable_run_execution: undefined }],
    ['an empty execution', { ...written, durable_run_execution: '' }],
    ['an execution that is no text', { ...written, durable_run_execution: { id: 'x' } }],
    ['no attempt', { ...written, durable_run_attempt: undefined }],
    ['an empty attempt', { ...written, durable_run_attempt: '' }],
    ['attempt 0', { ...written, durable_run_attempt: '0' }],
    ['attempt -1', { ...written, durable_run_attempt: '-1' }],
    ['half an attempt', { ...written, durable_run_attempt: '1.5' }],
    ['an attempt in words', { ...written, durable_run_attempt: 'one' }],
    ['an endless attempt', { ...written, durable_run_attempt: 'Infinity' }],
    ['an attempt beyond counting', { ...written, durable_run_attempt: '1e30' }],
    ['an attempt written in another way', { ...written, durable_run_attempt: '0x2' }],
    ['an attempt that is true', { ...written, durable_run_attempt: true }],
    ['an attempt in a list', { ...written, durable_run_attempt: ['2'] }],
    ['no round', { ...written, durable_run_round: undefined }],
    ['an empty round', { ...written, durable_run_round: '' }],
    ['round -1', { ...written, durable_run_round: '-1' }],
    ['half a round', { ...written, durable_run_round: '0.5' }],
    ['a round that is a number', { ...written, durable_run_round: 0 }],
    ['a round with a zero too many', { ...written, durable_run_round: '01' }],
    ['a round beyond counting', { ...written, durable_run_round: '9007199254740993' }],
  ])('is not seen where there is none: %s', (_name, metadata) => {
    expect(tagFromMetadata(metadata)).toBeUndefined();
  });

  test('never throws, whatever metadata a server sends', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          fc.record({
            durable_run_id: fc.jsonValue(),
            durable_run_execution: fc.jsonValue(),
            durable_run_attempt: fc.jsonValue(),
            durable_run_round: fc.jsonValue(),
          }),
        ),
        (metadata) => {
          const read = tagFromMetadata(metadata);
          expect(read === undefined || (read.attempt >= 1 && read.round >= 0)).toBe(true);
        },
      ),
    );
  });
});

test('round 0 is a round: what an attempt begins with', () => {
  expect(tagFromMetadata({ ...written, durable_run_round: '0' })).toEqual({ ...tag, round: 0 });
});

test.each<[string, RunTag | undefined, isSame: boolean, isOfSameRun: boolean]>([
  ['itself', { ...tag }, true, true],
  ['none', undefined, false, false],
  ['another workflow', { ...tag, workflowId: 'x' }, false, false],
  ['another execution', { ...tag, executionId: 'x' }, false, false],
  ['another attempt', { ...tag, attempt: 3 }, false, true],
  ['another round', { ...tag, round: 2 }, false, true],
])('the same tag, the same run: %s', (_name, other, isSame, isOfSameRun) => {
  expect(isSameTag(other, tag)).toBe(isSame);
  expect(isSameRun(other, tag)).toBe(isOfSameRun);
});
