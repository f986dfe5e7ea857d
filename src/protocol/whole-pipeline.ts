import type { JobPage, PipelineDetail } from './pipeline-view.ts';

/** Reads a pipeline with all of its jobs, page by page. `read` returns the JSON of a path below `/api/v1`. */
export async function wholePipeline(id: string, read: (path: string) => Promise<unknown>): Promise<PipelineDetail> {
  const path = `/pipelines/${encodeURIComponent(id)}`;
  let { next, ...detail } = (await read(path)) as PipelineDetail;
  while (next !== undefined) {
    const page = (await read(`${path}/jobs?after=${next}`)) as JobPage;
    detail = withJobs(detail, page.jobs);
    next = page.next;
  }
  return detail;
}

/** Adds jobs to the pipelines that they are of. */
function withJobs(detail: PipelineDetail, jobs: JobPage['jobs']): PipelineDetail {
  const add = <Pipeline extends Pick<PipelineDetail, 'id' | 'jobs'>>(one: Pipeline): Pipeline => ({
    ...one,
    jobs: [...one.jobs, ...jobs.filter(({ pipeline }) => pipeline === one.id)],
  });
  return { ...add(detail), children: detail.children.map(add) };
}
