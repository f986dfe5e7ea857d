import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FairTurns, type Sharer } from './fair-turns.ts';

/** Lets those take turns who have something left to do; gives their names in order. */
function take(turns: FairTurns, work: Map<Sharer, number>, count: number): readonly string[] {
  return Array.from({ length: count }, () => {
    const [next] = turns.order([...work].flatMap(([sharer, left]) => (left > 0 ? [sharer] : [])));
    if (next === undefined) return '';
    turns.took(next);
    work.set(next, (work.get(next) ?? 0) - 1);
    return next.name;
  });
}

const a = { name: 'a', weight: 1 };
const b = { name: 'b', weight: 1 };

describe('turns', () => {
  test('alternate between equals', () => {
    const work = new Map([
      [a, 9],
      [b, 9],
    ]);
    expect(take(new FairTurns(), work, 6)).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
  });

  test('come at once to one who was away, who has saved up nothing', () => {
    const turns = new FairTurns();
    take(turns, new Map([[a, 1000]]), 1000);
    const work = new Map([
      [a, 9],
      [b, 9],
    ]);
    expect(take(turns, work, 4).toSorted()).toEqual(['a', 'a', 'b', 'b']);
  });

  test('no one who waits is passed over for more than one round, whatever comes and goes', () => {
    const sharers = fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.nat(60)), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(sharers, (given) => {
        const work = new Map(given.map(([weight, jobs], index) => [{ name: `s${index}`, weight }, jobs] as const));
        const turns = new FairTurns();
        const waited = new Map<string, number>();
        const total = given.reduce((sum, [weight]) => sum + weight, 0);
        for (let left = given.reduce((sum, [, jobs]) => sum + jobs, 0); left > 0; left -= 1) {
          const waiting = [...work].filter(([, jobs]) => jobs > 0).map(([{ name }]) => name);
          const [next = ''] = take(turns, work, 1);
          for (const name of waiting) waited.set(name, name === next ? 0 : (waited.get(name) ?? 0) + 1);
          // Everybody else's share of one turn of this sharer's, and as much again for where they stood before.
          expect(Math.max(...waited.values())).toBeLessThanOrEqual(2 * (total + given.length));
        }
      }),
    );
  });

  test('are shared by weight', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), (one, other) => {
        const first = { name: 'a', weight: one };
        const second = { name: 'b', weight: other };
        const work = new Map([
          [first, 1000],
          [second, 1000],
        ]);
        const names = take(new FairTurns(), work, 10 * (one + other));
        expect(Math.abs(names.filter((name) => name === 'a').length - 10 * one)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
