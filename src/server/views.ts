import { remoteOf } from '../coordinator/index.ts';
import type { Journey, JobRun, PipelineRecord, Publication } from '../coordinator/index.ts';
import type { ImageView, JobView, PipelineView, StackView } from '../protocol/index.ts';

/** A stack with its newest pipelines, children left out. */
export function stackView(journey: Journey, name: string): StackView | undefined {
  const { context } = journey;
  const stack = context.stacks.get(name);
  if (stack === undefined) return undefined;
  return {
    name,
    remote: withoutCredentials(remoteOf(stack.configuration)),
    defaultBranch: stack.configuration.defaultBranch,
    pipelines: context.pipelines.list({ stack: name, limit: 100 }).map(pipelineSummary),
    statuses: context.journey.statuses(name).map((status) => ({ ...status })),
    images: context.journey.publications(name).map(imageView),
  };
}

/** A pipeline with its jobs, each at its newest attempt. */
export function pipelineView(journey: Journey, id: string): PipelineView | undefined {
  const { pipelines } = journey.context;
  const record = pipelines.record(id);
  if (record === undefined) return undefined;
  const { plan, jobs } = pipelines.state(id);
  const runs = new Map(pipelines.runs(id).map((run) => [`${run.name} ${run.attempt}`, run]));
  const views = plan.jobs.map((job): JobView => {
    const state = jobs[job.name];
    const run: Partial<JobRun> = runs.get(`${job.name} ${state?.attempt}`) ?? {};
    return {
      id: run.id ?? '',
      pipeline: id,
      name: job.name,
      stage: job.stage,
      status: state?.status ?? 'created',
      attempt: state?.attempt ?? 1,
      needs: (job.needs ?? []).flatMap((need) => (need.pipeline === undefined ? [need.job] : [])),
      allowFailure: job.allowFailure === true,
      failureReason: state?.failureReason,
      exitCode: state?.exitCode,
      runner: run.runner,
      child: state?.child,
      queuedAt: run.queuedAt,
      startedAt: run.startedAt,
      finishedAt: run.finishedAt,
    };
  });
  return { ...pipelineSummary(record), jobs: views };
}

function pipelineSummary(record: PipelineRecord): PipelineView {
  const { id, stack, source, ref, sha, request, trust, parent, lockDigest, createdAt, finishedAt } = record;
  return { id, stack, status: record.status, source, ref, sha, pullRequest: request, trust, parent: parent?.pipeline, lockDigest, createdAt, finishedAt };
}

function imageView(publication: Publication): ImageView {
  const { stack, repository, tag, ref, commit, state, pipeline, reference, digest, message } = publication;
  const { layers, layersUploaded, bytesUploaded, bytesTotal } = publication;
  return { stack, repository, tag, ref, commit, state, pipeline, reference, digest, message, layers, layersUploaded, bytesUploaded, bytesTotal };
}

function withoutCredentials(remote: string): string {
  return remote.replace(/^(\w+:\/\/)[^/@]*@/, '$1');
}
