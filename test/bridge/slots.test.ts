import { expect, test } from 'vitest';
import { Slots } from '../../bridge/slots.ts';

type Went = 'well' | 'badly';

/** Slots, and what was told. Work takes until it is said how it went. */
function open(most: number) {
  const told: number[] = [];
  const slots = new Slots(most, (left) => told.push(left));
  /** Undefined when there is no slot. */
  const enter = async (): Promise<((went: Went) => Promise<void>) | undefined> => {
    const { promise, resolve } = Promise.withResolvers<Went>();
    let isIn = false;
    const done = slots.run(
      () => {
        isIn = true;
        return promise;
      },
      (went) => went === 'badly',
    );
    if (!isIn) return undefined;
    return async (went) => {
      resolve(went);
      await done;
    };
  };
  /** Takes all the slots there are, and says how each goes; gives how many there were. */
  const fill = async (went: Went): Promise<number> => {
    const leaves: ((went: Went) => Promise<void>)[] = [];
    for (let leave = await enter(); leave !== undefined; leave = await enter()) leaves.push(leave);
    for (const leave of leaves) await leave(went);
    return leaves.length;
  };
  return { told, slots, enter, fill };
}

test('what goes badly together takes half of the slots once, and never the last few', async () => {
  const { fill } = open(64);
  const counts = [];
  for (let round = 0; round < 6; round += 1) counts.push(await fill('badly'));
  expect(counts).toEqual([64, 32, 16, 8, 4, 4]);
});

test('fewer than those few stay as many', async () => {
  const { fill } = open(1);
  expect([await fill('badly'), await fill('badly'), await fill('well')]).toEqual([1, 1, 1]);
});

test('all of them used well: more again, up to as many as at the beginning', async () => {
  const { fill } = open(8);
  await fill('badly');
  const counts = [];
  for (let round = 0; round < 40; round += 1) counts.push(await fill('well'));
  expect(counts).toEqual(counts.toSorted((a, b) => a - b));
  expect([counts[0], counts.at(-1)]).toEqual([4, 8]);
});

test('one at a time that goes well says nothing of many', async () => {
  const { enter, fill } = open(8);
  await fill('badly');
  for (let count = 0; count < 100; count += 1) await (await enter())?.('well');
  expect(await fill('well')).toBe(4);
});

test('what was let in before slots were taken away does not speak for those that are left', async () => {
  const { enter, fill } = open(16);
  const [first, second, third] = [await enter(), await enter(), await enter()];
  await first?.('badly');
  await second?.('badly');
  await third?.('well');
  expect(await fill('well')).toBe(8);
});

test('work that throws gives its slot back, and shows nothing', async () => {
  const { slots, fill } = open(2);
  const thrown = slots.run(
    () => Promise.reject(new Error('a bug')),
    () => true,
  );
  await expect(thrown).rejects.toThrow('a bug');
  expect(await fill('well')).toBe(2);
});

test('how many there were is told once, until half of them are free', async () => {
  const { told, enter, fill } = open(8);
  await fill('badly');
  expect(told).toEqual([8]);
  const leave = await enter();
  await fill('well');
  await leave?.('well');
  expect(told).toEqual([8, 4]);
});
