import { expect, it } from 'vitest';
import { Random } from '../../chaos/random.ts';
import { findSecrets, makeSecrets } from '../../chaos/stage/secrets.ts';

const secrets = makeSecrets(new Random('7'));

it('finds the API key and every webhook secret, those of before a rotation and without their prefix, too', () => {
  const { apiKey, webhook } = secrets;
  const rotated = { apiKey, webhook: ['whsec_bmV3', ...webhook] };
  expect(findSecrets(`Bearer ${apiKey}`, rotated)).toEqual(['the API key']);
  expect(findSecrets('{"secret":"whsec_bmV3"}', rotated)).toEqual(['a webhook secret']);
  expect(findSecrets(webhook[0]?.slice('whsec_'.length) ?? '', rotated)).toEqual(['a webhook secret']);
  expect(findSecrets('nothing to see', rotated)).toEqual([]);
});
