import { expect, test } from 'vitest';
import type { JobView, PipelineDetail, PipelineView } from '../../../../src/protocol/index.ts';
import { applyEvent } from './apply-event.ts';

const pipeline = { stack: 'lab', status: 'running', source: 'push', refType: 'branch', ref: 'main' } as const;
const more = { sha: 'a', head: 'a', trust: 'protected', createdAt: '2026-11-30T12:00:00.000Z' } as const;

function view(id: string, parent?: string): PipelineView {
  return { ...pipeline, ...more, id, parent };
}

function job(of: string, name: string, changes: Partial<JobView> = {}): JobView {
  const rest = { stage: 'build', kind: 'script', status: 'pending', attempt: 1, allowFailure: false } as const;
  return { id: name, pipeline: of, name, ...rest, ...changes };
}

const detail: PipelineDetail = {
  ...view('1'),
  jobs: [job('1', 'generate'), job('1', 'build', { kind: 'trigger', child: '2' })],
  roots: [],
  includes: [],
  children: [
    { ...view('2', '1'), jobs: [job('2', 'tide'), job('2', 'gauge', { attempt: 2 })], roots: [], includes: [] },
  ],
};
const event = (changed: JobView) => ({ type: 'job', stack: 'lab', job: changed }) as const;

test('the event of a job replaces it, in the pipeline or in a child, and leaves all others as they are', () => {
  const first = applyEvent(detail, event(job('2', 'tide', { status: 'running' }))) as PipelineDetail;
  const second = applyEvent(first, event(job('2', 'tide', { status: 'success' }))) as PipelineDetail;
  expect([detail, first, second].map(({ children }) => children[0]?.jobs[0]?.status)).toEqual([
    'pending',
    'running',
    'success',
  ]);
  expect(second.children[0]?.jobs[1]).toBe(detail.children[0]?.jobs[1]);
  expect(second.jobs).toBe(detail.jobs);
  const own = applyEvent(detail, event(job('1', 'generate', { status: 'failed' }))) as PipelineDetail;
  expect(own.jobs.map(({ status }) => status)).toEqual(['failed', 'pending']);
});

test('the event of an earlier attempt, of an unknown job or of another family changes no job', () => {
  for (const changed of [job('2', 'gauge', { status: 'failed' }), job('2', 'moon'), job('9', 'tide')]) {
    const after = applyEvent(detail, event(changed)) as PipelineDetail;
    expect(after.children[0]?.jobs).toBe(detail.children[0]?.jobs);
    expect(after.jobs).toBe(detail.jobs);
  }
});

test('a pipeline keeps its jobs when its own state changes, and is read again when it gets another child', () => {
  const changed = applyEvent(detail, { type: 'pipeline', pipeline: { ...view('2', '1'), status: 'success' } });
  expect(changed).toMatchObject({ children: [{ status: 'success', jobs: [{ name: 'tide' }, { name: 'gauge' }] }] });
  expect(applyEvent(detail, { type: 'pipeline', pipeline: view('3', '2') })).toBe('reload');
  expect(applyEvent(detail, { type: 'pipeline', pipeline: view('4', '8') })).toBe(detail);
});
