import { describe, expect, test } from 'vitest';
import type { JobView, PipelineDetail } from '../../../src/protocol/index.ts';
import { nodeKey } from './graph-layout.ts';
import { layoutJobs, linesOf } from './layout.ts';

function job(name: string, more: Partial<JobView> = {}): JobView {
  return {
    id: '1',
    pipeline: '1',
    name,
    stage: 'build',
    kind: 'script',
    status: 'success',
    attempt: 1,
    allowFailure: false,
    ...more,
  };
}

function detail(jobs: JobView[], children: PipelineDetail['children'] = []): PipelineDetail {
  const pipeline = {
    id: '1',
    stack: 'lab',
    status: 'success',
    source: 'push',
    refType: 'branch',
    ref: 'main',
    sha: 'a',
    head: 'a',
    trust: 'protected',
    createdAt: '',
  } as const;
  return { ...pipeline, jobs, children };
}

describe('the lines between jobs', () => {
  test('follow needs, without those that follow from others', () => {
    const jobs = [job('a', { needs: [] }), job('b', { needs: ['a'] }), job('c', { needs: ['a', 'b'] })];
    expect(linesOf(jobs)).toEqual([
      ['1/a', '1/b'],
      ['1/b', '1/c'],
    ]);
  });

  test('join whole stages through one point where there are many', () => {
    const jobs = [
      ...Array.from({ length: 5 }, (_, index) => job(`a${index}`, { stage: 'one' })),
      ...Array.from({ length: 4 }, (_, index) => job(`b${index}`, { stage: 'two' })),
    ];
    expect(linesOf(jobs)).toHaveLength(9);
  });
});

describe('the picture', () => {
  test('has every job once, those who wait to the right, none upon another', () => {
    const jobs = [
      job('a', { needs: [] }),
      job('b', { needs: ['a'] }),
      job('c', { needs: ['a'] }),
      job('d', { needs: ['b', 'c'] }),
    ];
    const { nodes } = layoutJobs(detail(jobs));
    expect(nodes.map(({ key }) => key)).toEqual(jobs.map(nodeKey));
    const x = (name: string): number => nodes.find(({ key }) => key === `1/${name}`)?.box.x ?? Number.NaN;
    expect(x('a')).toBeLessThan(x('b'));
    expect(x('b')).toBe(x('c'));
    expect(x('c')).toBeLessThan(x('d'));
    const places = nodes.map(({ box }) => `${box.x} ${box.y}`);
    expect(new Set(places).size).toBe(4);
  });

  test('gives all nodes the width that the longest name wants, within bounds', () => {
    const widths = (...names: string[]) =>
      layoutJobs(detail(names.map((name) => job(name)))).nodes.map(({ box }) => box.width);
    const name = 'py-setuptools-scm@8.0.4';
    const [first, second] = widths('zlib', `${name} /abcdefg gcc@13.2`);
    expect(first).toBe(second);
    expect(first).toBeGreaterThan(200);
    expect(widths('zlib')[0]).toBeLessThan(first as number);
    expect(widths('x'.repeat(500))).toEqual([340]);
  });

  test('frames a child’s jobs, to the right of the job that started it', () => {
    const child = { ...detail([]), id: '2', parent: '1', jobs: [job('x', { pipeline: '2', needs: [] })] };
    const { frames, nodes } = layoutJobs(detail([job('build', { kind: 'trigger', child: '2' })], [child]));
    const [frame] = frames;
    const [build, x] = nodes.map(({ box }) => box);
    expect(frame?.box.x).toBeGreaterThan((build?.x ?? 0) + (build?.width ?? 0) - 1);
    expect(x?.x).toBeGreaterThanOrEqual(frame?.box.x ?? Number.NaN);
  });
});
