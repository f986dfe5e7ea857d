import { expect, test } from 'vitest';
import { layoutJobs } from './layout.ts';
import { neighbour } from './neighbour.ts';
import { NodeIndex } from './node-index.ts';

const jobs = Array.from({ length: 900 }, (_, index) => ({
  name: `p${index}`,
  stage: 'build',
  needs: index < 300 ? [] : [`p${index - 300}`],
}));
const layout = layoutJobs([{ id: '1', jobs }]);
const { places, node } = layout;

test('nodes are found by a part of the graph and by a point, as by looking at all', () => {
  const index = new NodeIndex(layout);
  for (const box of [
    { x: 0, y: 0, width: layout.width, height: layout.height },
    { x: 300, y: 200, width: 400, height: 300 },
    { x: -50, y: -50, width: 60, height: 80 },
    { x: layout.width, y: layout.height, width: 10, height: 10 },
  ]) {
    const isInside = (x: number, y: number) =>
      x <= box.x + box.width && x + node.width >= box.x && y <= box.y + box.height && y + node.height >= box.y;
    const expected = [...jobs.keys()].filter((job) =>
      isInside(places[2 * job] as number, places[2 * job + 1] as number),
    );
    expect([...index.within(box)].toSorted((a, b) => a - b)).toEqual(expected);
  }
  const [x = 0, y = 0] = places.subarray(2 * 450);
  expect(index.at(x + 1, y + 1)).toBe(450);
  expect(index.at(x - 4, y + 20)).not.toBe(450);
  expect(index.at(x - 4, y + 20, 5)).toBe(450);
});

test('arrow keys follow lines, and move within a column', () => {
  expect(neighbour(layout, 10, 'right')).toBe(310);
  expect(neighbour(layout, 310, 'left')).toBe(10);
  expect(places[2 * neighbour(layout, 310, 'down')]).toBe(places[2 * 310]);
  expect(neighbour(layout, neighbour(layout, 310, 'down'), 'up')).toBe(310);
  const [first, last] = [neighbour(layout, 10, 'left'), neighbour(layout, 610, 'right')];
  expect(places[2 * first]).toBeLessThanOrEqual(places[2 * 10] as number);
  expect(places[2 * last]).toBeGreaterThanOrEqual(places[2 * 610] as number);
});
