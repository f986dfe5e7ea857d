import type { PipelineRecord } from '../../pipeline/index.ts';
import type { CoordinatorContext, PipelineRecords } from '../context.ts';
import { isExternal } from '../identities/is-external.ts';

const TESTS_OF_REQUESTS = new Set(['pull_request', 'merge_queue']);

/**
 * Returns why nothing that a pull request's pipeline built may be promoted; undefined if it may. All jobs count, also
 * the one that generated the others: an author who controls one decides what they build.
 */
export function familyObstacle(
  context: PipelineRecords & Pick<CoordinatorContext, 'runners'>,
  root: PipelineRecord,
): string | undefined {
  const { pipelines } = context;
  if (root.trust !== 'pull-request' || !TESTS_OF_REQUESTS.has(root.source)) return `pipeline ${root.id} is of no team`;
  if (isExternal(root)) return `pipeline ${root.id} ran in another CI system`;
  for (const id of familyOf(context, root.id)) {
    const { plan, jobs } = pipelines.state(id);
    const other = pipelines.runs(id).find(({ runner }) => runner !== undefined && !isTrusted(context, runner));
    if (other !== undefined) return `runner \`${other.runner}\`, which ran \`${other.name}\`, is not \`trusted\``;
    const cached = plan.jobs.find(({ cache = [] }) => cache.length > 0);
    if (cached !== undefined) return `job \`${cached.name}\` has a cache, which other pipelines write too`;
    const changed = plan.jobs.find(({ name }) => Object.keys(jobs[name]?.manualVariables ?? {}).length > 0);
    if (changed !== undefined) return `job \`${changed.name}\` was started with variables`;
  }
  return undefined;
}

function isTrusted({ runners }: Pick<CoordinatorContext, 'runners'>, runner: string): boolean {
  return runners.named(runner)?.trusted === true;
}

function familyOf(context: PipelineRecords, pipeline: string): readonly string[] {
  return [pipeline, ...context.pipelines.children(pipeline).flatMap(({ id }) => familyOf(context, id))];
}
