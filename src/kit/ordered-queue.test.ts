import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { OrderedQueue } from './ordered-queue.ts';

interface Item {
  readonly rank: number;
  readonly id: number;
}

test('a queue gives what a sorted list would, whatever was added and deleted meanwhile', () => {
  const step = fc.oneof(
    fc.record({ add: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 40 }) }),
    fc.record({ remove: fc.nat() }),
    fc.constant('take' as const),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new OrderedQueue<Item>((a, b) => a.rank - b.rank);
      const items: Item[] = [];
      let id = 0;
      for (const one of steps) {
        if (one === 'take') {
          const isEven = (item: Item) => item.id % 2 === 0;
          const inOrder = items.toSorted((a, b) => a.rank - b.rank || a.id - b.id);
          expect(queue.first(isEven)).toBe(inOrder.find(isEven));
          const first = queue.first();
          expect(first).toBe(inOrder[0]);
          if (first !== undefined) expect(queue.delete(items.splice(items.indexOf(first), 1)[0] as Item)).toBe(true);
        } else if ('add' in one) {
          for (const rank of one.add) items.push({ rank, id: (id += 1) });
          for (const item of items.slice(items.length - one.add.length)) queue.add(item);
        } else {
          const [gone] = items.splice(one.remove % Math.max(1, items.length), 1);
          if (gone !== undefined) expect([queue.delete(gone), queue.delete(gone)]).toEqual([true, false]);
        }
        expect(queue.size).toBe(items.length);
        expect([...queue]).toEqual(items);
      }
    }),
  );
});

test('to take ten thousand items, and add as many meanwhile, takes few comparisons of each', () => {
  let compared = 0;
  const queue = new OrderedQueue<Item>((a, b) => {
    compared += 1;
    return a.rank - b.rank;
  });
  for (let id = 0; id < 10_000; id += 1) queue.add({ rank: id % 7, id });
  for (let item = queue.first(); item !== undefined; item = queue.first()) {
    queue.delete(item);
    if (item.id >= 0) queue.add({ rank: 3, id: -1 });
  }
  expect(compared).toBeLessThan(500_000);
});
