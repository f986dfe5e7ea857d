import type { JobView, PipelineDetail } from '../../../../src/protocol/index.ts';
import type { LiveMessage } from '../../live.ts';

/** Returns a pipeline after an event. That of a job costs one lookup and a copy of the list that the job is in. */
export function applyEvent(detail: PipelineDetail, message: LiveMessage): PipelineDetail | 'reload' {
  if (message.type === 'job') return withJob(detail, message.job);
  if (message.type !== 'pipeline') return detail;
  const { pipeline } = message;
  if (pipeline.id === detail.id) return pipeline.status === 'canceled' ? 'reload' : { ...detail, ...pipeline };
  if (!detail.children.some(({ id }) => id === pipeline.id))
    return isFamily(detail, pipeline.parent) ? 'reload' : detail;
  return {
    ...detail,
    children: detail.children.map((child) => (child.id === pipeline.id ? { ...child, ...pipeline } : child)),
  };
}

function withJob(detail: PipelineDetail, job: JobView): PipelineDetail {
  if (job.pipeline === detail.id) return { ...detail, jobs: replaced(detail.jobs, job) };
  if (!detail.children.some(({ id }) => id === job.pipeline)) return detail;
  return {
    ...detail,
    children: detail.children.map((child) =>
      child.id === job.pipeline ? { ...child, jobs: replaced(child.jobs, job) } : child,
    ),
  };
}

/** The place of each job in a list, by name. Replacing a job leaves it as it is. */
const placesKept = new WeakMap<readonly JobView[], ReadonlyMap<string, number>>();

function replaced(jobs: JobView[], job: JobView): JobView[] {
  const places = placesKept.get(jobs) ?? new Map(jobs.map(({ name }, place) => [name, place]));
  const place = places.get(job.name);
  if (place === undefined || (jobs[place]?.attempt ?? 0) > job.attempt) return jobs;
  const next = [...jobs];
  next[place] = job;
  placesKept.set(next, places);
  return next;
}

function isFamily(detail: PipelineDetail, parent: string | undefined): boolean {
  return parent === detail.id || detail.children.some(({ id }) => id === parent);
}
