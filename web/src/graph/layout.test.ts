import { describe, expect, test } from 'vitest';
import type { GraphLayout, GraphShape, ShapeJob } from './graph-layout.ts';
import { layoutJobs } from './layout.ts';

function job(name: string, needs?: string[], more: Partial<ShapeJob> = {}): ShapeJob {
  return { name, stage: 'build', needs, ...more };
}

/** As jobs of packages are: many that need nothing, and fewer and fewer that need those before. */
function manyJobs(count: number): ShapeJob[] {
  let state = 1;
  const random = () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
  return Array.from({ length: count }, (_, index) => {
    const needs = Array.from({ length: Math.floor(random() * 5) }, () => Math.floor(random() ** 0.5 * index));
    return job(`p${index}`, index === 0 ? [] : [...new Set(needs)].map((need) => `p${need}`));
  });
}

function placesOf({ places }: GraphLayout): { x: number; y: number }[] {
  return Array.from({ length: places.length / 2 }, (_, index) => ({
    x: places[2 * index] as number,
    y: places[2 * index + 1] as number,
  }));
}

/** How many pairs of nodes cover each other in part. */
function overlaps(layout: GraphLayout): number {
  const { width, height } = layout.node;
  const corners = placesOf(layout).toSorted((a, b) => a.x - b.x || a.y - b.y);
  let found = 0;
  for (const [index, one] of corners.entries())
    for (let other = index + 1; other < corners.length && (corners[other]?.x ?? 0) < one.x + width - 0.5; other++)
      if (Math.abs((corners[other]?.y ?? 0) - one.y) < height - 0.5) found += 1;
  return found;
}

function needsToTheRight(shape: GraphShape, layout: GraphLayout): number {
  const corners = placesOf(layout);
  let first = 0;
  let found = 0;
  for (const { jobs } of shape) {
    const indexes = new Map(jobs.map(({ name }, index) => [name, first + index]));
    for (const [index, { needs = [] }] of jobs.entries())
      for (const need of needs)
        if ((corners[indexes.get(need) ?? -1]?.x ?? NaN) + layout.node.width > (corners[first + index]?.x ?? NaN))
          found += 1;
    first += jobs.length;
  }
  return found;
}

describe('a small graph', () => {
  test.each([0, 100])('places every job, whatever its name, beside %d others', (others) => {
    const names = ['__proto__', 'constructor', 'frame 1', 'p1\u0001p2', '1', ' ', '<img src=x>', 'x'.repeat(5000)];
    const jobs = [...names.map((name, index) => job(name, names.slice(0, index))), ...manyJobs(others)];
    const layout = layoutJobs([{ id: '1', jobs }]);
    expect(placesOf(layout).length).toBe(jobs.length);
    expect(overlaps(layout)).toBe(0);
  });

  test('has every job once, those who wait to the right, none upon another', () => {
    const shape = [{ id: '1', jobs: [job('a', []), job('b', ['a']), job('c', ['a']), job('d', ['b', 'c'])] }];
    const layout = layoutJobs(shape);
    const [a, b, c, d] = placesOf(layout).map(({ x }) => x);
    expect(a).toBeLessThan(b as number);
    expect(b).toBe(c);
    expect(c).toBeLessThan(d as number);
    expect(overlaps(layout)).toBe(0);
    expect(layout.lines.starts).toHaveLength(5);
    expect([...layout.lines.ends].toSorted((one, other) => one - other)).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
  });

  test('gives all nodes the width that the longest name wants, within bounds', () => {
    const width = (...names: string[]) => layoutJobs([{ id: '1', jobs: names.map((name) => job(name)) }]).node.width;
    expect(width('zlib', 'py-setuptools-scm@8.0.4 /abcdefg gcc@13.2')).toBeGreaterThan(200);
    expect(width('zlib')).toBe(158);
    expect(width('x'.repeat(500))).toBe(340);
  });

  test('frames a child’s jobs, to the right of the job that started it', () => {
    const shape = [
      { id: '1', jobs: [job('build', undefined, { child: '2' })] },
      { id: '2', jobs: [job('x', [])] },
    ];
    const layout = layoutJobs(shape);
    const [build, x] = placesOf(layout);
    const [frame] = layout.frames;
    expect(frame?.pipeline).toBe('2');
    expect(frame?.box.x).toBeGreaterThan((build?.x ?? 0) + layout.node.width - 1);
    expect(x?.x).toBeGreaterThanOrEqual(frame?.box.x ?? Number.NaN);
  });
});

describe('a graph of 5,000 jobs', () => {
  const shape = [
    { id: '1', jobs: [job('generate'), job('build', ['generate'], { child: '2' })] },
    { id: '2', jobs: manyJobs(5000) },
  ];
  const layout = layoutJobs(shape);

  test('has every job to the right of what it waits for, none upon another', () => {
    expect(placesOf(layout)).toHaveLength(5002);
    expect(needsToTheRight(shape, layout)).toBe(0);
    expect(overlaps(layout)).toBe(0);
  });

  test('is about as wide and high as a screen, with all jobs inside their frame', () => {
    expect(layout.width / layout.height).toBeGreaterThan(1.2);
    expect(layout.width / layout.height).toBeLessThan(3);
    const box = layout.frames[0]?.box as NonNullable<(typeof layout.frames)[0]>['box'];
    const { width, height } = layout.node;
    const isInside = ({ x, y }: { x: number; y: number }) =>
      x >= box.x && y >= box.y && x + width <= box.x + box.width && y + height <= box.y + box.height;
    expect(placesOf(layout).map(isInside)).toEqual([false, false, ...Array.from({ length: 5000 }, () => true)]);
    expect(box.x + box.width).toBeLessThanOrEqual(layout.width);
    expect(box.y + box.height).toBeLessThanOrEqual(layout.height);
  });

  test('leads one line from the job that started the child to its frame', () => {
    const { ends } = layout.lines;
    expect([...ends.keys()].filter((index) => ends[index] === 1 && index % 2 === 0)).toHaveLength(1);
  });

  test('does not depend on how long its chains are', () => {
    const chain = Array.from({ length: 5000 }, (_, index) => job(`c${index}`, index === 0 ? [] : [`c${index - 1}`]));
    const drawn = layoutJobs([{ id: '1', jobs: chain }]);
    expect(drawn.lines.starts).toHaveLength(5000);
    expect(overlaps(drawn)).toBe(0);
  });

  test('frames several children below each other, and theirs beside them', () => {
    const jobs = manyJobs(150);
    const started = [...jobs.slice(1), job('more', [], { child: '4' })];
    const several = layoutJobs([
      { id: '1', jobs: [job('a', [], { child: '2' }), job('b', [], { child: '3' })] },
      { id: '2', jobs: started },
      { id: '3', jobs },
      { id: '4', jobs },
    ]);
    expect(overlaps(several)).toBe(0);
    const [two, four, three] = several.frames.map(({ box }) => box);
    expect(several.frames.map(({ pipeline }) => pipeline)).toEqual(['2', '4', '3']);
    expect(four?.x).toBeGreaterThan((two?.x ?? 0) + (two?.width ?? 0));
    expect(three?.y).toBeGreaterThan((four?.y ?? 0) + (four?.height ?? 0));
  });
});
