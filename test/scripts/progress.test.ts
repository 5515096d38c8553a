import { expect, test } from 'vitest';
import { streamProgress } from '../../scripts/temporal/progress.ts';

function recorded(isTTY: boolean) {
  const clock = { ms: 0 };
  let text = '';
  const progress = streamProgress(
    { isTTY, columns: 20, write: (part: string) => (text += part) },
    () => clock.ms,
  );
  return { progress, clock, text: () => text };
}

test('without a terminal a status is a line, every 15 s at most', () => {
  const { progress, clock, text } = recorded(false);
  progress.say('begin');
  for (clock.ms = 1_000; clock.ms <= 31_000; clock.ms += 1_000) progress.status(`at ${clock.ms / 1_000} s`);
  progress.say('end');
  expect(text()).toBe('begin\nat 15 s\nat 30 s\nend\n');
});

test('on a terminal a status rewrites its line, and fits it', () => {
  const { progress, text } = recorded(true);
  progress.status('one');
  progress.status('a status that is longer than the terminal is wide');
  progress.say('end');
  expect(text()).toBe('\r\u001B[Kone\r\u001B[Ka status that is lo\r\u001B[Kend\n');
});
