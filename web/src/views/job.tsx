import { useEffect, useMemo } from 'preact/hooks';
import type { JobDetail } from '../../../src/protocol/index.ts';
import { onMessage, watch, type LiveMessage } from '../live.ts';
import { LogModel } from '../log/log-model.ts';
import { LogView } from '../log/log-view.tsx';
import { ActionBar, actionsOfJob } from '../parts/action-bar.tsx';
import { Copyable, Crumbs, Facts, Waiting, useTitle } from '../parts/page-parts.tsx';
import { JobStatusMark, isForgiven, jobText, reasonText, stuckText } from '../parts/status.tsx';
import { FailedTests, testsText } from '../parts/tests.tsx';
import { Ago, DurationText, durationWord } from '../parts/times.tsx';
import { useResource } from '../resource.ts';
import { go, linkTo } from '../router.ts';
import '../style/job.css';

const live = new Set(['pending', 'running', 'canceling']);
/** Interval for logs whose growth no event reports. */
const REFRESH_MS = 5000;

export function JobPage({ id }: { id: string }) {
  const { data, failure } = useResource<JobDetail>(`/jobs/${id}`, apply);
  const model = useMemo(() => new LogModel(id), [id]);
  const root = data?.root.id;
  const isLive = data !== undefined && live.has(data.job.status);
  useEffect(() => {
    if (root !== undefined) watch({ pipeline: root, job: id });
  }, [root, id]);
  useEffect(
    () =>
      onMessage((message) => {
        if ((message.type === 'log' && message.job === id) || message.type === 'fresh') void model.refresh();
      }),
    [model],
  );
  useEffect(() => {
    void model.refresh();
    if (!isLive) return;
    const timer = setInterval(() => void model.refresh(), REFRESH_MS);
    return () => clearInterval(timer);
  }, [model, isLive]);
  useTitle(data === undefined ? `Job ${id}` : `${jobText(data.job)}: ${data.job.name}`);
  if (data === undefined) return <Waiting failure={failure} />;
  return (
    <div class="job-page">
      <JobHead detail={data} />
      <LogView model={model} isRunning={isLive} />
    </div>
  );
}

function JobHead({ detail }: { detail: JobDetail }) {
  const { job, attempts, pipeline, root } = detail;
  return (
    <>
      <Crumbs
        steps={[
          ['Stacks', '/'],
          [pipeline.stack, linkTo.stack(pipeline.stack)],
          [`Pipeline ${root.id}`, linkTo.pipeline(root.id)],
          [job.name],
        ]}
      />
      <header class="head">
        <JobStatusMark job={job} label />
        <h1>{job.name}</h1>
        {attempts.at(-1)?.id === job.id && (
          <ActionBar actions={actionsOfJob(job)} onDone={({ id }) => id !== undefined && go(linkTo.job(id))} />
        )}
      </header>
      <Facts
        facts={[
          ['stage', job.stage],
          ['started', job.startedAt && <Ago at={job.startedAt} />],
          [
            durationWord(job.finishedAt, job.status),
            job.startedAt && <DurationText from={job.startedAt} to={job.finishedAt} />,
          ],
          ['runner', job.runner],
          ['exit status', job.exitCode],
          ['package', job.promotion && <PromotionText job={job} />],
          ['tests', detail.tests && testsText(detail.tests)],
          ['attempts', attempts.length > 1 && <Attempts detail={detail} />],
        ]}
      />
      {job.stuck !== undefined && <p class="notice">{stuckText(job)}</p>}
      {job.status === 'failed' && reasonText(job) !== '' && (
        <p class={isForgiven(job) ? 'notice mild' : 'notice'}>{reasonText(job)}</p>
      )}
      {isForgiven(job) && (
        <p class="notice mild">The job is allowed to fail. Its pipeline continues as if it had passed.</p>
      )}
      {detail.tests !== undefined && <FailedTests tests={detail.tests} />}
      {job.status === 'failed' && (
        <Copyable
          label="the command that repeats the job on your machine"
          text={`slipway reproduce ${job.id} --url ${location.origin}`}
        />
      )}
    </>
  );
}

function PromotionText({ job: { promotion } }: { job: JobDetail['job'] }) {
  if (promotion?.outcome !== 'promoted') return <>rebuilt: {promotion?.reason}</>;
  return (
    <>
      promoted from{' '}
      <a href={linkTo.job(promotion.fromJob ?? '')}>
        job {promotion.fromJob} of pipeline {promotion.fromPipeline}
      </a>
    </>
  );
}

function Attempts({ detail: { job, attempts } }: { detail: JobDetail }) {
  return (
    <>
      {attempts.map(({ id, attempt, status }) => (
        <a
          key={id}
          class="attempt"
          href={linkTo.job(id)}
          aria-current={id === job.id ? 'page' : undefined}
          aria-label={`Attempt ${attempt}: ${jobText({ ...job, status })}`}
        >
          <JobStatusMark job={{ ...job, status }} /> {attempt}
        </a>
      ))}
    </>
  );
}

function apply(detail: JobDetail, message: LiveMessage): JobDetail | 'reload' {
  if (message.type === 'pipeline' && message.pipeline.id === detail.root.id)
    return { ...detail, root: message.pipeline };
  if (message.type !== 'job') return detail;
  // The event does not include the test report.
  if (message.job.id === detail.job.id && live.has(detail.job.status) && !live.has(message.job.status)) return 'reload';
  if (message.job.id === detail.job.id) return { ...detail, job: message.job };
  const isOtherAttempt = message.job.name === detail.job.name && message.job.pipeline === detail.job.pipeline;
  return isOtherAttempt ? 'reload' : detail;
}
