import { expect, test } from 'vitest';
import {
  centred,
  firstView,
  fitted,
  panned,
  readViewport,
  revealed,
  visibleBox,
  writeViewport,
  zoomed,
} from './viewport.ts';

const size = { width: 800, height: 400 };
const layout = {
  width: 4000,
  height: 1000,
  node: { width: 100, height: 40 },
  pipelines: ['1'],
  places: Float32Array.from([0, 0, 3900, 960]),
  frames: [],
  lines: { ends: new Int32Array(), starts: new Int32Array(1), points: new Float32Array() },
};

test('a graph is fitted into the view, but not magnified', () => {
  expect(fitted(layout, size)).toEqual({ x: 2000, y: 500, scale: 0.196 });
  expect(fitted({ width: 100, height: 50 }, size).scale).toBe(1);
});

test('at first few jobs can be read, and many are a map', () => {
  expect(firstView(layout, { width: 3000, height: 900 }, 1)).toEqual(fitted(layout, { width: 3000, height: 900 }));
  expect(firstView(layout, size, 1)).toEqual({ x: 3950, y: 980, scale: 0.75 });
  expect(visibleBox(firstView(layout, size, undefined), size).x).toBeCloseTo(-16 / 0.75);
  const many = { ...layout, places: new Float32Array(602) };
  expect(firstView(many, size, 1)).toEqual(fitted(many, size));
});

test('what is under the pointer stays there while it is zoomed', () => {
  const view = { x: 2000, y: 500, scale: 0.5 };
  const at = { x: 200, y: -100 };
  const pointed = ({ x, y, scale }: typeof view) => [x + at.x / scale, y + at.y / scale];
  expect(pointed(zoomed(view, 1.7, at))).toEqual(pointed(view));
  expect(zoomed(view, 1e9).scale).toBe(2.5);
});

test('the middle of the view stays inside of the graph', () => {
  const view = { x: 100, y: 100, scale: 0.5 };
  expect(panned(view, { x: 20, y: -20 }, layout)).toEqual({ x: 60, y: 140, scale: 0.5 });
  expect(panned(view, { x: 1e6, y: -1e6 }, layout)).toEqual({ x: 0, y: 1000, scale: 0.5 });
});

test('a job is shown in the middle, or just moved into the view', () => {
  expect(centred(layout, 1, 0.1)).toEqual({ x: 3950, y: 980, scale: 1 });
  const view = { x: 3600, y: 500, scale: 1 };
  const { x, y } = visibleBox(revealed(view, layout, { job: 1, size }), size);
  expect({ x, y }).toEqual({ x: 4000 + 16 - 800, y: 1000 + 16 - 400 });
  const shown = revealed(view, layout, { job: 1, size });
  expect(revealed(shown, layout, { job: 1, size })).toEqual(shown);
});

test('the address holds a view, and anything else is ignored', () => {
  const view = { x: 1234.4, y: 567, scale: 0.12345 };
  expect(writeViewport(view)).toBe('1234,567,0.123');
  expect(readViewport(writeViewport(view))).toEqual({ x: 1234, y: 567, scale: 0.123 });
  for (const text of ['', '1,2', '1,2,0', '1,2,x', '1,2,3,4', '1,2,Infinity'])
    expect(readViewport(text), text).toBeUndefined();
});
