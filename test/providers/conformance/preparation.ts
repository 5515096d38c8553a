import { describe, expect, test } from 'vitest';
import { faultCases } from './faults.ts';
import { outcomeOf } from './outcomes.ts';
import type { Subject } from './subject.ts';
import { underFault } from './underFault.ts';

/** What a preparation makes costs nothing: whatever becomes of it, it is asked for again. For providers that prepare. */
export function testPreparation(subject: Subject): void {
  const on = subject.preparation;
  if (on === undefined) return;

  describe('a preparation that fails has cost nothing, says so, and is made again', () => {
    test.each(faultCases)('$label', async (faultCase) => {
      const given = subject.asking();
      const { result, truth } = await underFault(subject, faultCase, { on }, (context) =>
        outcomeOf(subject.provider.create(given, context)),
      );
      expect(truth.changes).toEqual([]);
      expect(result).toMatchObject(
        result.kind === 'reply'
          ? { reply: { kind: 'prepared' } }
          : { problem: { details: { effect: 'none' } } },
      );

      const { snapshot } = await subject.create(given);
      const { output } = await subject.follow(snapshot.ref, 'completed');
      expect(output.text).toContain('4');
    });
  });
}
