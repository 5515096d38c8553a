import { expect, it } from 'vitest';
import { applyChange } from '../../chaos/stage/sources.ts';

const change = { file: 'core/a.ts', from: 'return false;', to: '$& true;' };

it('replaces the one place, by what is given as it is', () => {
  expect(applyChange('if (a) return false;', change)).toBe('if (a) $& true;');
});

it.each([
  ['not there', 'if (a) return undefined;', 0],
  ['there twice', 'if (a) return false; return false;', 2],
])('refuses a place that is %s', (_name, text, count) => {
  expect(() => applyChange(text, change)).toThrow(`core/a.ts was to be changed`);
  expect(() => applyChange(text, change)).toThrow(`found ${count} times`);
});
