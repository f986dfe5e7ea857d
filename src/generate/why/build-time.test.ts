import { describe, expect, test } from 'vitest';
import type { BuildDecision } from '../plan-build.ts';
import { estimateTime } from './build-time.ts';

function build(name: string, needs: readonly string[] = []): BuildDecision {
  return { name, version: '1', hash: name, build: true, reason: 'missing', present: false, needs, depth: needs.length };
}

const plan = { decisions: [build('a'), build('b'), build('c', ['a']), build('d', ['b', 'c'])], externals: [] };
const history = new Map([
  ['a', 10],
  ['b', 30],
  ['c', 5],
  ['d', 1],
]);

describe('estimateTime', () => {
  test('one job at a time takes the sum', () => {
    expect(estimateTime(plan, history, 1)).toMatchObject({ seconds: 46, work: 46, unknown: 0 });
  });

  test('with enough jobs the longest chain decides', () => {
    expect(estimateTime(plan, history, 8)).toMatchObject({ seconds: 31, criticalPath: ['b', 'd'] });
  });

  test('a package without history counts as the median', () => {
    expect(estimateTime({ decisions: [build('x')], externals: [] }, history, 1)).toMatchObject({
      seconds: 10,
      unknown: 1,
    });
  });

  test('what is not built takes no time', () => {
    const kept = { ...build('a'), build: false };
    expect(estimateTime({ decisions: [kept], externals: [] }, history, 2)).toMatchObject({
      seconds: 0,
      criticalPath: [],
    });
  });
});
