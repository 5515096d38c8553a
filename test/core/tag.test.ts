import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isSameTag,
  maximumUserMetadataPairs,
  reservedMetadataKeys,
  tagFromMetadata,
  tagToMetadata,
  type RunTag,
} from '../../core/tag.ts';

const tag: RunTag = { workflowId: 'order-17', executionId: '8f3c', attempt: 2 };
const written = {
  durable_run_id: 'order-17',
  durable_run_execution: '8f3c',
  durable_run_attempt: '2',
};

describe('a tag in metadata', () => {
  test('has stable names: runs of earlier versions are found by them', () => {
    expect(tagToMetadata(tag)).toEqual(written);
    expect([...reservedMetadataKeys].toSorted()).toEqual(Object.keys(written).toSorted());
  });

  test("leaves 13 of OpenAI's 16 pairs to the user", () => {
    expect(maximumUserMetadataPairs).toBe(13);
  });

  test('comes back as it was written, among whatever else is there', () => {
    fc.assert(
      fc.property(
        fc.record({
          workflowId: fc.string({ minLength: 1, maxLength: 512 }),
          executionId: fc.uuid(),
          attempt: fc.integer({ min: 1, max: 1_000 }),
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
          }),
        ),
        (metadata) => {
          const read = tagFromMetadata(metadata);
          expect(read === undefined || read.attempt >= 1).toBe(true);
        },
      ),
    );
  });
});

test.each<[string, RunTag | undefined, boolean]>([
  ['itself', { ...tag }, true],
  ['none', undefined, false],
  ['another workflow', { ...tag, workflowId: 'x' }, false],
  ['another execution', { ...tag, executionId: 'x' }, false],
  ['another attempt', { ...tag, attempt: 3 }, false],
])('isSameTag: %s', (_name, other, expected) => {
  expect(isSameTag(other, tag)).toBe(expected);
});
