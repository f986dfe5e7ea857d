import { expect, test } from 'vitest';
import { waitingLines } from './waiting-lines.ts';

test('lines follow needs, without those that follow from others', () => {
  const jobs = [
    { name: 'a', stage: 'build', needs: [] },
    { name: 'b', stage: 'build', needs: ['a', 'elsewhere'] },
    { name: 'c', stage: 'build', needs: ['a', 'b'] },
    { name: 'd', stage: 'build', needs: ['a', 'b', 'c'] },
  ];
  expect(waitingLines(jobs).pairs.toSorted(([a], [b]) => a - b)).toEqual([
    [0, 1],
    [1, 2],
    [2, 3],
  ]);
});

test('many lines between two stages go through one point', () => {
  const stage = (name: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({ name: `${name}${index}`, stage: name }));
  const few = waitingLines([...stage('one', 3), ...stage('two', 4)]);
  expect(few).toMatchObject({ nodes: 7, pairs: { length: 12 } });
  const many = waitingLines([...stage('one', 5), ...stage('two', 4)]);
  expect(many).toMatchObject({ nodes: 10, pairs: { length: 9 } });
});
