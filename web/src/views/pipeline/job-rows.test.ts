import { expect, test } from 'vitest';
import type { JobView, PipelineDetail } from '../../../../src/protocol/index.ts';
import { jobRows, type JobsQuery } from './job-rows.ts';

const pipeline = { stack: 'lab', status: 'running', source: 'push', refType: 'branch', ref: 'main' } as const;
const more = { sha: 'a', head: 'a', trust: 'protected', createdAt: '2026-11-30T12:00:00.000Z' } as const;

function job(of: string, name: string, changes: Partial<JobView> = {}): JobView {
  const rest = { stage: 'build', kind: 'script', status: 'success', attempt: 1, allowFailure: false } as const;
  return { id: name, pipeline: of, name, ...rest, ...changes };
}

const setup = [job('1', 'generate'), job('1', 'build', { kind: 'trigger', child: '2', needs: ['generate'] })];
const built = [
  job('2', 'zlib', { needs: [], startedAt: '2026-11-30T12:00:00.000Z', finishedAt: '2026-11-30T12:00:09.000Z' }),
  job('2', 'hdf5', { needs: ['zlib'], status: 'failed', message: 'No space left', runner: 'large-1' }),
  job('2', 'curl', { needs: ['zlib'], startedAt: '2026-11-30T12:00:00.000Z', finishedAt: '2026-11-30T12:00:03.000Z' }),
  job('2', 'netcdf', { needs: ['hdf5'], status: 'skipped' }),
  job('2', 'flaky', { needs: [], status: 'failed', allowFailure: true }),
];
const detail: PipelineDetail = {
  ...pipeline,
  ...more,
  id: '1',
  jobs: setup,
  roots: [],
  includes: [],
  children: [{ ...pipeline, ...more, id: '2', parent: '1', jobs: built, roots: [], includes: [] }],
};

function rows(changes: Partial<JobsQuery> = {}, of = detail): readonly string[] {
  const query = { states: new Set<never>(), search: '', order: '', grouping: 'pipeline', toggled: new Set<never>() };
  return jobRows(of, { ...query, ...changes } as JobsQuery).map(({ job: one, ...row }) =>
    'group' in row && row.group !== undefined
      ? `${row.isFolded ? '+' : '-'} ${row.group.title}: ${row.group.jobs.length}`
      : (one?.name ?? ''),
  );
}

test('jobs stand in the order of the plan below their pipeline, with the setup folded once it is done', () => {
  const children = ['- Pipeline 2: 5', 'zlib', 'hdf5', 'curl', 'netcdf', 'flaky'];
  expect(rows()).toEqual(['+ Setup: 2', ...children]);
  expect(rows({ toggled: new Set(['setup', '2']) })).toEqual(['- Setup: 2', 'generate', 'build', '+ Pipeline 2: 5']);
  const broken = { ...detail, jobs: [job('1', 'generate', { status: 'failed' })], children: [] };
  expect(rows({}, broken)).toEqual(['generate']);
});

test('chips and words choose jobs, by name, runner and failure', () => {
  expect(rows({ states: new Set(['failed', 'warning']) })).toEqual(['hdf5', 'flaky']);
  expect(rows({ states: new Set(['failed']) })).toEqual(['hdf5']);
  expect(rows({ search: 'SPACE large' })).toEqual(['hdf5']);
  expect(rows({ search: 'space moon' })).toEqual([]);
  expect(rows({ search: 'generate' })).toEqual(['generate']);
});

test('a column sorts them in both directions, those without a value last', () => {
  const jobs = { ...detail, jobs: [] };
  expect(rows({ order: 'duration' }, jobs).slice(0, 2)).toEqual(['curl', 'zlib']);
  expect(rows({ order: '-duration' }, jobs)).toEqual(['zlib', 'curl', 'hdf5', 'netcdf', 'flaky']);
  expect(rows({ order: 'name' }, jobs)[0]).toBe('curl');
  expect(rows({ order: 'state' }, jobs)).toEqual(['hdf5', 'flaky', 'zlib', 'curl', 'netcdf']);
  expect(rows({ order: 'nonsense' }, jobs)[0]).toBe('zlib');
});

test('they are grouped by state, or by the package that needs them', () => {
  expect(rows({ grouping: 'state', toggled: new Set(['success']) })).toEqual([
    '- failed: 1',
    'hdf5',
    '- failed (allowed to fail): 1',
    'flaky',
    '+ passed: 4',
    '- skipped: 1',
    'netcdf',
  ]);
  expect(rows({ grouping: 'root' }, { ...detail, jobs: [] })).toEqual([
    '- Needed by several: 1',
    'zlib',
    '- netcdf: 2',
    'hdf5',
    'netcdf',
    '- curl: 1',
    'curl',
    '- flaky: 1',
    'flaky',
  ]);
  const asked = { ...detail, jobs: [], children: detail.children.map((child) => ({ ...child, roots: ['hdf5'] })) };
  expect(rows({ grouping: 'root' }, asked).slice(2, 6)).toEqual(['- hdf5: 1', 'hdf5', '- curl: 1', 'curl']);
});
