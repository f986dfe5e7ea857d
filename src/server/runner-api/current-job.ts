import { archiveOf, type CoordinatorContext, type Stack } from '../../coordinator/index.ts';
import { jobPlan, type JobRun, type PipelineRecord } from '../../pipeline/index.ts';
import type { CommitInfo } from '../../forge/index.ts';
import { gitlabPipeline } from './gitlab-pipeline.ts';

/** The job of a token as GitLab describes it: https://docs.gitlab.com/api/jobs/#retrieve-a-job-by-job-token */
export async function currentJob(context: CoordinatorContext, run: JobRun): Promise<Readonly<Record<string, unknown>>> {
  const record = context.pipelines.record(run.pipeline) as PipelineRecord;
  const stack = context.stacks.get(record.stack) as Stack;
  const plan = jobPlan(context.pipelines.state(record.id).plan, run.name);
  const archive = archiveOf(context, run.id);
  return {
    id: Number(run.id),
    name: run.name,
    stage: plan?.stage,
    status: run.status,
    ref: record.ref,
    tag: record.refType === 'tag',
    coverage: null,
    allow_failure: plan?.allowFailure === true,
    ...times(context, run, record),
    failure_reason: run.failureReason ?? null,
    web_url: `${context.baseUrl()}/jobs/${run.id}`,
    commit: commitOf(await stack.forge.commit(record.sha)),
    pipeline: gitlabPipeline(context, record),
    artifacts:
      archive === undefined
        ? []
        : [{ file_type: 'archive', size: archive.size, filename: 'artifacts.zip', file_format: archive.format }],
    runner: runnerOf(context, run),
    user: record.actor === undefined ? null : { username: record.actor, name: record.actor },
  };
}

function times({ clock }: CoordinatorContext, run: JobRun, { createdAt }: PipelineRecord) {
  const seconds = (from: string | undefined, to: number) =>
    from === undefined ? null : Math.max(0, (to - Date.parse(from)) / 1000);
  return {
    created_at: run.queuedAt ?? createdAt,
    started_at: run.startedAt ?? null,
    finished_at: run.finishedAt ?? null,
    erased_at: null,
    duration: seconds(run.startedAt, clock.now()),
    queued_duration: run.startedAt === undefined ? null : seconds(run.queuedAt, Date.parse(run.startedAt)),
  };
}

function commitOf({ sha, title, message, author, date }: CommitInfo) {
  const [, name = author, email = ''] = /^(.*?)\s*<([^>]*)>$/.exec(author) ?? [];
  return {
    id: sha,
    short_id: sha.slice(0, 8),
    title,
    message,
    author_name: name,
    author_email: email,
    created_at: date,
  };
}

function runnerOf({ runners }: CoordinatorContext, { runner }: JobRun) {
  const traits = runner === undefined ? undefined : runners.named(runner);
  if (traits === undefined) return null;
  return {
    id: traits.id,
    description: traits.name,
    name: traits.name,
    active: true,
    paused: false,
    is_shared: true,
    runner_type: 'instance_type',
  };
}
