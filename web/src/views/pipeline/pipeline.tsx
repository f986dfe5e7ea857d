import type { JobView, PipelineDetail, PipelineView } from '../../../../src/protocol/index.ts';
import { wholePipeline } from '../../../../src/protocol/whole-pipeline.ts';
import { getJson } from '../../api.ts';
import { allJobs, nodeKey } from '../../graph/graph-layout.ts';
import { ActionBar, actionsOfJob, actionsOfPipeline } from '../../parts/action-bar.tsx';
import { countStates, jobStateText } from '../../parts/job-state.ts';
import { IncludedTexts } from '../../parts/included-texts.tsx';
import { Commit, Crumbs, Facts, Section, Waiting, useTitle } from '../../parts/page-parts.tsx';
import { PipelineReports } from '../../parts/pipeline-reports.tsx';
import { Status, statusText } from '../../parts/status.tsx';
import { Ago, DurationText, durationWord } from '../../parts/times.tsx';
import { useLoaded } from '../../resource.ts';
import { linkTo } from '../../router.ts';
import { applyEvent } from './apply-event.ts';
import { PipelineBody } from './pipeline-body.tsx';
import { SetupLine } from './setup-line.tsx';
import { setupJobs } from './setup-jobs.ts';
import '../../style/pipeline.css';
import '../../style/progress.css';

export function PipelinePage({ id }: { id: string }) {
  const { data, failure } = useLoaded(`/pipelines/${id}`, {
    load: (_, signal) => wholePipeline(id, (path) => getJson(path, signal)),
    apply: applyEvent,
  });
  useTitle(data === undefined ? `Pipeline ${id}` : `${statusText(data.status)}: ${data.title ?? data.ref}`);
  if (data === undefined) return <Waiting failure={failure} />;
  return <Pipeline detail={data} />;
}

function Pipeline({ detail }: { detail: PipelineDetail }) {
  const { title, commit, parent, upstream, lockDigest, cancelReason } = detail;
  const all = allJobs(detail);
  const setup = detail.children.length === 0 ? new Set<JobView>() : setupJobs(detail.jobs);
  return (
    <>
      <Crumbs
        steps={[
          ['Stacks', '/'],
          [detail.stack, linkTo.stack(detail.stack)],
          ...(parent === undefined ? [] : [[`Pipeline ${parent}`, linkTo.pipeline(parent)] as const]),
          [`Pipeline ${detail.id}`],
        ]}
      />
      <header class="head">
        <Status status={detail.status} label />
        <h1>{title ?? commit?.title ?? detail.ref}</h1>
        <ActionBar actions={actionsOfPipeline(detail)} />
      </header>
      <Facts
        facts={[
          ['ref', <Ref pipeline={detail} />],
          ['commit', <Commit sha={detail.head} url={detail.headUrl} />],
          ['by', commit?.author],
          ['triggered by', upstream && <a href={linkTo.pipeline(upstream)}>Pipeline {upstream}</a>],
          ['trust', detail.trust],
          ['started', <Ago at={detail.createdAt} />],
          [
            durationWord(detail.finishedAt, detail.status),
            <DurationText from={detail.createdAt} to={detail.finishedAt} />,
          ],
          ['lock', lockDigest && <code title={lockDigest}>{lockDigest.slice(0, 12)}</code>],
        ]}
      />
      {cancelReason !== undefined && <p class="notice">Canceled: {cancelReason}</p>}
      <Progress jobs={all.filter((job) => job.kind === 'script' && !setup.has(job))} />
      {setup.size > 0 && <SetupLine jobs={detail.jobs.filter((job) => setup.has(job))} from={detail.createdAt} />}
      <PipelineReports pipeline={detail.id} stack={detail.stack} request={detail.pullRequest} />
      <AwaitedJobs jobs={all.filter(({ status }) => status === 'manual' || status === 'scheduled')} />
      <PipelineBody detail={detail} />
      <IncludedTexts includes={[detail, ...detail.children].flatMap(({ includes }) => includes)} />
    </>
  );
}

/** The number of jobs in each state, as a bar and in words. */
function Progress({ jobs }: { jobs: readonly JobView[] }) {
  if (jobs.length === 0) return null;
  const counts = countStates(jobs);
  return (
    <div class="progress">
      <div
        class="bar"
        role="progressbar"
        aria-label="Jobs that passed"
        aria-valuemin={0}
        aria-valuemax={jobs.length}
        aria-valuenow={counts.get('success') ?? 0}
      >
        {[...counts].map(([state, count]) => (
          <span key={state} class={state} style={{ flexGrow: count }} />
        ))}
      </div>
      <p>{[...counts].map(([state, count]) => `${count} ${jobStateText(state)}`).join(' · ')}</p>
    </div>
  );
}

/** The first jobs that a person or a time starts, if there are any. */
function AwaitedJobs({ jobs }: { jobs: readonly JobView[] }) {
  if (jobs.length === 0) return null;
  return (
    <Section class="awaited" id="awaited" title="Manual and delayed jobs">
      <ul>
        {jobs.slice(0, 20).map((job) => (
          <li key={nodeKey(job)}>
            <Status status={job.status} label />
            {job.name}
            <ActionBar actions={actionsOfJob(job)} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** A ref; that of a pull request leads to its page. */
function Ref({ pipeline: { stack, ref, pullRequest } }: { pipeline: PipelineView }) {
  return pullRequest === undefined ? ref : <a href={linkTo.request(stack, pullRequest)}>{ref}</a>;
}
