import { expect, test } from 'vitest';
import { formatTotal, reportSchema, type Report } from '../../chaos/report/total.ts';

const small = report({
  seed: 1,
  faults: { 'kill worker': 2, 'drop reply': 1 },
  figures: { 'tools called': 4, 'most memory of a worker, MiB': 300 },
  recovery: [{ fault: 'kill worker', count: 2, median: 1_000, p99: 3_000, longest: 3_500 }],
});
const large = report({
  seed: 2,
  faults: { 'kill worker': 1_000 },
  figures: { 'tools called': 6, 'most memory of a worker, MiB': 200 },
  kinds: [{ kind: 'tools', provider: 'response', runs: 1_000, asExpected: 999 }],
  recovery: [{ fault: 'kill worker', count: 5, median: 2_000, p99: 2_500, longest: 9_000 }],
  violations: [{}],
});

test('campaigns together: what is counted is added up, of what is a most the largest is told', () => {
  const text = formatTotal([small, large]);
  expect(text).toContain('| kill worker | 1,002 |');
  expect(text).toContain('| drop reply | 1 |');
  expect(text).toContain('| tools called | 10 |');
  expect(text).toContain('| most memory of a worker, MiB | 300 |');
  expect(text).toContain('| tools | response | 1,010 | 1,009 |');
});

test('of the times to recover the worst of any campaign is told', () => {
  expect(formatTotal([small, large])).toContain('| kill worker | 7 | 2.0 | 3.0 | 9.0 |');
});

test('each campaign has a line, with its violations', () => {
  const lines = formatTotal([small, large]).split('\n');
  expect(lines.filter((line) => /^\| [12] \|/.test(line))).toEqual([
    '| 1 | 10 | 3 | 0 | 60 |',
    '| 2 | 10 | 1,000 | 1 | 60 |',
  ]);
});

function report(changes: Partial<Report>): Report {
  const { faults = {} } = changes;
  return reportSchema.parse({
    seed: 1,
    tookMs: 60_000,
    runs: 10,
    faultCount: Object.values(faults).reduce((sum, count) => sum + count, 0),
    faults,
    figures: {},
    kinds: [{ kind: 'tools', provider: 'response', runs: 10, asExpected: 10 }],
    recovery: [],
    violations: [],
    ...changes,
  });
}
