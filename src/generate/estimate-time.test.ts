import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BuildDecision } from './plan-build.ts';
import { estimateTime } from './estimate-time.ts';

function build(name: string, needs: readonly string[] = []): BuildDecision {
  return { name, version: '1', hash: name, build: true, reason: 'missing', present: false, needs, depth: needs.length };
}

const plan = { decisions: [build('a'), build('b'), build('c', ['a']), build('d', ['b', 'c'])] };
const history = new Map([
  ['a', 10],
  ['b', 30],
  ['c', 5],
  ['d', 1],
]);

describe('estimateTime', () => {
  test('one job at a time takes the sum', () => {
    expect(estimateTime(plan, history, { jobs: 1 })).toMatchObject({ seconds: 46, work: 46, unknown: 0 });
  });

  test('with enough jobs the longest chain decides', () => {
    expect(estimateTime(plan, history, { jobs: 8 })).toMatchObject({ seconds: 31, criticalPath: ['b', 'd'] });
  });

  test('what already runs is done sooner, but is not over before it is', () => {
    const elapsed = new Map([['b', 20]]);
    expect(estimateTime(plan, history, { jobs: 8, elapsed })).toMatchObject({ seconds: 16, work: 26 });
    expect(
      estimateTime({ decisions: [build('b')] }, history, { jobs: 1, elapsed: new Map([['b', 500]]) }).seconds,
    ).toBe(3);
  });

  test('a package without history counts as the median', () => {
    expect(estimateTime({ decisions: [build('x')] }, history, { jobs: 1 })).toMatchObject({
      seconds: 10,
      unknown: 1,
    });
  });

  test('jobs that build none of the packages are no measure of them', () => {
    const others = { decisions: [build('x'), build('a')] };
    expect(estimateTime(others, new Map([...history, ['check', 900], ['lint', 900]]), { jobs: 1 })).toMatchObject({
      work: 20,
    });
  });

  test('it is never less than the longest chain or the work shared out, and never more than the work', () => {
    const sizes = fc.array(fc.tuple(fc.integer({ min: 1, max: 50 }), fc.array(fc.nat(20), { maxLength: 4 })), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 6 }), (builds, jobs) => {
        const decisions = builds.map(([, needs], index) =>
          build(String(index), [...new Set(needs.filter((need) => need < index).map(String))]),
        );
        const times = new Map(builds.map(([seconds], index) => [String(index), seconds]));
        const { seconds, work, criticalPath } = estimateTime({ decisions }, times, { jobs });
        const chain = criticalPath.reduce((sum, name) => sum + (times.get(name) ?? 0), 0);
        expect(seconds).toBeGreaterThanOrEqual(Math.max(chain, work / jobs));
        expect(seconds).toBeLessThanOrEqual(work);
        expect(estimateTime({ decisions }, times, { jobs: builds.length }).seconds).toBe(chain);
      }),
    );
  });

  test('what is not built takes no time', () => {
    const kept = { ...build('a'), build: false };
    expect(estimateTime({ decisions: [kept] }, history, { jobs: 2 })).toMatchObject({
      seconds: 0,
      criticalPath: [],
    });
  });
});
