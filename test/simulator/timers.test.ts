import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { TimerQueue } from '../../simulator/timers.ts';
import type { Pending } from '../../simulator/timers.ts';

it('gives what is pending by due time, then in the order of adding, whatever was removed in between', () => {
  const step = fc.oneof(
    fc.record({ add: fc.integer({ min: 0, max: 20 }) }),
    fc.record({ remove: fc.nat(30) }),
    fc.record({ take: fc.constant(true) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new TimerQueue();
      let model: Pending[] = [];
      const added: Pending[] = [];
      const first = () => model.toSorted((a, b) => a.dueAtMs - b.dueAtMs || a.order - b.order)[0];
      for (const taken of steps) {
        if ('add' in taken) {
          const pending = queue.add(taken.add, () => {});
          added.push(pending);
          model.push(pending);
        } else {
          const gone = 'take' in taken ? queue.first() : added[taken.remove];
          if (gone === undefined) continue;
          queue.remove(gone);
          model = model.filter((pending) => pending !== gone);
        }
        expect(queue.first()).toBe(first());
        expect(queue.size).toBe(model.length);
      }
    }),
  );
});
