import type { CoordinatorContext } from '../../coordinator/index.ts';
import { pipelineSource, type PipelineRecord } from '../../pipeline/index.ts';

/** Returns a pipeline as GitLab describes it: https://docs.gitlab.com/api/pipelines/ */
export function gitlabPipeline({ ledger, baseUrl }: CoordinatorContext, record: PipelineRecord) {
  return {
    id: Number(record.id),
    iid: Number(record.id),
    project_id: Number(ledger.projectId(record.stack)),
    sha: record.sha,
    ref: record.ref,
    status: record.status,
    source: pipelineSource(record),
    created_at: record.createdAt,
    web_url: `${baseUrl()}/pipelines/${record.id}`,
  };
}
