import { useEffect, useState } from 'preact/hooks';
import type { JobView, PipelineDetail } from '../../../src/protocol/index.ts';
import { shortSha } from '../format.ts';
import { JobGraph } from '../graph/job-graph.tsx';
import { watch } from '../live.ts';
import type { LiveMessage } from '../live.ts';
import { Crumbs, Facts, Waiting, useTitle } from '../parts/page-parts.tsx';
import { Status, statusText } from '../parts/status.tsx';
import { Ago, Duration } from '../parts/times.tsx';
import { useResource } from '../resource.ts';
import { linkTo } from '../router.ts';
import { JobList } from './job-list.tsx';

/** More than this is no picture that anybody reads. */
const GRAPH_JOBS = 300;

export function PipelineView({ id }: { id: string }) {
  const { data, failure } = useResource<PipelineDetail>(`/pipelines/${id}`, apply);
  useEffect(() => watch({ pipeline: id }), [id]);
  useTitle(
    data === undefined ? `Pipeline ${id}` : `${statusText(data.pipeline.status)}: ${data.title ?? data.pipeline.ref}`,
  );
  if (data === undefined) return <Waiting failure={failure} />;
  return <Pipeline detail={data} />;
}

function Pipeline({ detail }: { detail: PipelineDetail }) {
  const { pipeline, title, commit, cancelReason } = detail;
  const all = [...detail.jobs, ...detail.children.flatMap(({ jobs }) => jobs)];
  const [view, setView] = useState<'graph' | 'list'>(all.length > GRAPH_JOBS || innerWidth < 700 ? 'list' : 'graph');
  const failed = all.filter(
    ({ status, kind, allowFailure }) => status === 'failed' && kind === 'script' && !allowFailure,
  );
  return (
    <>
      <Crumbs
        steps={[
          ['Stacks', '/'],
          [pipeline.stack, linkTo.stack(pipeline.stack)],
          ...parentStep(detail),
          [`Pipeline ${pipeline.id}`],
        ]}
      />
      <header class="head">
        <Status status={pipeline.status} label />
        <h1>{title ?? commit?.title ?? pipeline.ref}</h1>
      </header>
      <Facts
        facts={[
          ['ref', pipeline.ref],
          ['commit', <code title={pipeline.head}>{shortSha(pipeline.head)}</code>],
          ['by', commit?.author],
          ['trust', pipeline.trust],
          ['began', <Ago at={pipeline.createdAt} />],
          ['took', <Duration from={pipeline.createdAt} to={pipeline.finishedAt} />],
          [
            'lock',
            pipeline.lockDigest === undefined ? undefined : (
              <code title={pipeline.lockDigest}>{pipeline.lockDigest.slice(0, 12)}</code>
            ),
          ],
        ]}
      />
      {cancelReason !== undefined && <p class="notice">Canceled: {cancelReason}</p>}
      <Progress jobs={all.filter(({ kind }) => kind === 'script')} />
      {failed.length > 0 && <Failures jobs={failed} />}
      <div class="switch" role="group" aria-label="Show jobs as">
        {(['graph', 'list'] as const).map((one) => (
          <button key={one} type="button" aria-pressed={view === one} onClick={() => setView(one)}>
            {one}
          </button>
        ))}
      </div>
      {view === 'graph' ? <JobGraph detail={detail} /> : <JobList detail={detail} />}
    </>
  );
}

function parentStep({ pipeline }: PipelineDetail): readonly (readonly [string, string])[] {
  return pipeline.parent === undefined ? [] : [[`Pipeline ${pipeline.parent}`, linkTo.pipeline(pipeline.parent)]];
}

const looks = ['success', 'failed', 'running', 'pending', 'canceled', 'skipped', 'manual', 'created'] as const;

/** How many jobs stand where, as a bar and in words. */
function Progress({ jobs }: { jobs: readonly JobView[] }) {
  const counts = looks
    .map((look) => [look, jobs.filter(({ status }) => status === look).length] as const)
    .filter(([, count]) => count > 0);
  const done = jobs.filter(({ status }) => status === 'success').length;
  return (
    <div class="progress">
      <div
        class="bar"
        role="progressbar"
        aria-label="Jobs that passed"
        aria-valuemin={0}
        aria-valuemax={jobs.length}
        aria-valuenow={done}
      >
        {counts.map(([look, count]) => (
          <span key={look} class={look} style={{ flexGrow: count }} />
        ))}
      </div>
      <p>{counts.map(([look, count]) => `${count} ${statusText(look)}`).join(' · ')}</p>
    </div>
  );
}

function Failures({ jobs }: { jobs: readonly JobView[] }) {
  return (
    <section class="failures" aria-labelledby="failures">
      <h2 id="failures">Failed</h2>
      <ul>
        {jobs.slice(0, 20).map((job) => (
          <li key={job.id}>
            <Status status={job.status} />
            <a href={linkTo.job(job.id)}>{job.name}</a>
            <span class="faint">{job.message ?? job.failureReason}</span>
            <a href={linkTo.job(job.id, 'first-error')} aria-label={`First error of ${job.name}`}>
              first error
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function apply(detail: PipelineDetail, message: LiveMessage): PipelineDetail | 'reload' {
  if (message.type === 'job') return withJob(detail, message.job);
  if (message.type !== 'pipeline') return detail;
  const { pipeline } = message;
  if (pipeline.id === detail.pipeline.id) return pipeline.status === 'canceled' ? 'reload' : { ...detail, pipeline };
  if (!detail.children.some((child) => child.pipeline.id === pipeline.id))
    return isFamily(detail, pipeline.parent) ? 'reload' : detail;
  return {
    ...detail,
    children: detail.children.map((child) => (child.pipeline.id === pipeline.id ? { ...child, pipeline } : child)),
  };
}

function withJob(detail: PipelineDetail, job: JobView): PipelineDetail | 'reload' {
  const swap = (jobs: readonly JobView[]): JobView[] =>
    jobs.map((one) => (one.name === job.name && one.attempt <= job.attempt ? job : one));
  if (job.pipeline === detail.pipeline.id) return { ...detail, jobs: swap(detail.jobs) };
  if (!detail.children.some(({ pipeline }) => pipeline.id === job.pipeline)) return detail;
  return {
    ...detail,
    children: detail.children.map((child) =>
      child.pipeline.id === job.pipeline ? { ...child, jobs: swap(child.jobs) } : child,
    ),
  };
}

function isFamily(detail: PipelineDetail, parent: string | undefined): boolean {
  return parent === detail.pipeline.id || detail.children.some(({ pipeline }) => pipeline.id === parent);
}
