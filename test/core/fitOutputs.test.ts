import { expect, test } from 'vitest';
import { fitOutputs } from '../../core/fitOutputs.ts';
import type { ToolOutput } from '../../core/snapshot.ts';
import { maximumRoundBytes } from '../../core/toolError.ts';

const outputOf = (callId: string, bytes: number): ToolOutput => ({
  callId,
  output: 'x'.repeat(bytes),
  failed: false,
});

/** Of each output whether it is replaced. */
const replaced = (outputs: readonly ToolOutput[]): boolean[] =>
  fitOutputs(outputs).map(({ failed }) => failed);

test('what fits stays as it is; what does not is replaced, and those after it may still fit', () => {
  const outputs = [outputOf('c1', 1_000_000), outputOf('c2', 1_000_000), outputOf('c3', 100)];
  const [first, second, third] = fitOutputs(outputs);
  expect([first, third]).toEqual([outputs[0], outputs[2]]);
  expect(second).toMatchObject({ callId: 'c2', failed: true });
  expect(second?.output).toContain('its output of 1000000 bytes is too long');
});

test('call ids count, also those of the outputs after it', () => {
  expect(replaced([outputOf('c1', maximumRoundBytes - 2)])).toEqual([false]);
  expect(replaced([outputOf('c1', maximumRoundBytes - 1)])).toEqual([true]);
  expect(replaced([outputOf('c1', maximumRoundBytes - 4), outputOf('c2', 0)])).toEqual([false, false]);
  expect(replaced([outputOf('c1', maximumRoundBytes - 3), outputOf('c2', 0)])).toEqual([true, false]);
  // As JSON: a quotation mark takes two bytes.
  expect(replaced([outputOf('"', maximumRoundBytes - 1)])).toEqual([true]);
});

test('a thousand calls with long ids fit into what Temporal carries', () => {
  const outputs = Array.from({ length: 1_000 }, (_unused, index) =>
    outputOf(String(index).padEnd(700, 'i'), 1_500),
  );
  expect(JSON.stringify(outputs).length).toBeGreaterThan(2 * 1024 * 1024);
  expect(JSON.stringify(fitOutputs(outputs)).length).toBeLessThan(2 * 1024 * 1024);
});
