import { BaseSequencer, type TestSpecification } from 'vitest/node';

const slow = /\/test\/(system|codec|replay|package)\//;

/**
 * Begins with the files that wait for processes, which take longest: begun last, they would leave the other cores idle. (Vitest knows how long
 * each has taken only where it has run before.)
 */
export class SystemTestsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- Vitest's own, of no array
    const sorted = await super.sort(files);
    return [
      ...sorted.filter(({ moduleId }) => slow.test(moduleId)),
      ...sorted.filter(({ moduleId }) => !slow.test(moduleId)),
    ];
  }
}
