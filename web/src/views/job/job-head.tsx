import type { JobDetail } from '../../../../src/protocol/index.ts';
import { ActionBar, actionsOfJob } from '../../parts/action-bar.tsx';
import { Crumbs, Facts } from '../../parts/page-parts.tsx';
import { JobStatusMark, isForgiven, jobText } from '../../parts/status.tsx';
import { testsText } from '../../parts/tests.tsx';
import { Ago, DurationText, durationWord } from '../../parts/times.tsx';
import { go, linkTo } from '../../router.ts';

/** The status of a job, its name and what matters about it, in as few lines as possible: the log is below. */
export function JobHead({ detail }: { detail: JobDetail }) {
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
      <header class="job-head">
        <JobStatusMark job={job} label />
        <h1>{job.name}</h1>
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
            ['tests', detail.tests && <a href={`${linkTo.job(job.id)}?tab=tests`}>{testsText(detail.tests)}</a>],
            ['attempts', attempts.length > 1 && <Attempts detail={detail} />],
            ['allowed to fail', isForgiven(job) && 'yes: the pipeline continues'],
          ]}
        />
        {attempts.at(-1)?.id === job.id && (
          <ActionBar actions={actionsOfJob(job)} onDone={({ id }) => id !== undefined && go(linkTo.job(id))} />
        )}
      </header>
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
