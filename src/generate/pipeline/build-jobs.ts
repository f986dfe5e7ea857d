import { nodeOf, type Lockfile } from '../../spack/index.ts';
import type { JobAttributes } from '../ci/job-attributes.ts';
import type { BuildDecision } from '../plan-build.ts';
import { jobTemplates } from './job-template.ts';
import type { PipelineSettings } from './settings.ts';

/** A job by the keys of GitLab, in two parts. */
export interface BuildJob {
  readonly name: string;
  readonly decision: BuildDecision;
  /** What jobs have in common: one object for all jobs that have the same. */
  readonly shared: JobAttributes;
  readonly own: JobAttributes;
}

interface JobsRequest {
  readonly lock: Lockfile;
  readonly settings: PipelineSettings;
  readonly names: ReadonlyMap<string, string>;
}

/**
 * Yields the jobs of the packages that are built, one at a time, since a large lock has very many. The decisions are in
 * an order in which needs come first. A package that no rule matches has no job.
 */
export function* buildJobs(
  decisions: readonly BuildDecision[],
  { lock, settings, names }: JobsRequest,
): Iterable<BuildJob> {
  const { generator } = settings;
  const templateOf = jobTemplates(lock, settings);
  const made = new Map<string, { readonly job: string; readonly artifacts: boolean }>();
  for (const decision of decisions) {
    const { hash, depth, present } = decision;
    const node = nodeOf(lock, hash);
    const template = templateOf(node, present);
    if (template === undefined) continue;
    const name = names.get(hash) ?? hash;
    const needs: unknown[] = decision.needs.flatMap((need) => made.get(need) ?? []);
    if (generator !== undefined) needs.push(generator);
    const variables = Object.fromEntries(template.own.map(([variable, valueOf]) => [variable, valueOf(node)]));
    const own = { stage: `stage-${depth}`, variables, needs };
    yield { name, decision, shared: template.shared, own };
    made.set(hash, { job: name, artifacts: false });
  }
}
