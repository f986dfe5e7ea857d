import { jobGraph } from './job-graph.ts';
import { holdsResource } from './job-status.ts';
import type { PipelineState } from './pipeline-state.ts';

/** A job that may have the resource of its group now. */
interface Grant {
  readonly pipeline: string;
  readonly job: string;
  readonly attempt: number;
}

/**
 * For each `resource_group` that no job holds, the job that waits longest. Give it the states of all pipelines of a
 * stack that are not over, whenever a job asks for a resource or gives one back, and send `resource-granted` for each
 * answer: https://docs.gitlab.com/ci/resource_groups/ (process mode `unordered`).
 */
export function grantResources(pipelines: Iterable<PipelineState>): readonly Grant[] {
  const held = new Set<string>();
  const waiting = new Map<string, { readonly grant: Grant; readonly since: string }>();
  for (const { id, plan, jobs } of pipelines) {
    for (const { name, resourceGroup: group } of jobGraph(plan).grouped) {
      const job = jobs[name];
      if (group === undefined || job === undefined) continue;
      if (holdsResource(job.status)) held.add(group);
      const since = job.queuedAt ?? '';
      const first = waiting.get(group)?.since;
      if (job.status === 'waiting_for_resource' && (first === undefined || since < first))
        waiting.set(group, { grant: { pipeline: id, job: name, attempt: job.attempt }, since });
    }
  }
  return [...waiting].flatMap(([group, { grant }]) => (held.has(group) ? [] : [grant]));
}
