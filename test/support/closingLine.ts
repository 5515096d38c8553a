import type { Reporter, TestModule } from 'vitest/node';

/** Ends a test run with one line that says it all: `12 passed, 0 failed`. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      const own = [...module.children.allTests()].map((test) => test.result().state);
      for (const state of own) counts[state] += 1;
      // A file that could not be loaded has no tests to fail.
      if (module.state() === 'failed' && !own.includes('failed')) counts.failed += 1;
    }
    const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
    process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed${skipped}\n`);
  }
}
