import { resolveVariables } from '../../gitlab/index.ts';
import type { JobPlan } from '../../gitlab/index.ts';
import type { CoordinatorContext } from '../context.ts';
import type { JobRun, PipelineRecord } from '../ports.ts';

/** A job of this pipeline or of one above, by name. */
interface Source {
  readonly pipeline: string;
  readonly job: string;
}

/**
 * Whose artifacts a job gets (GitLab, "needs" and "dependencies"): with `needs`, those that it needs with their artifacts;
 * otherwise all jobs of earlier stages; `dependencies` narrows either. The newest attempt of each, later stages last, so that
 * of two files or variables with one name the later one stays.
 */
export function inputRuns(
  context: CoordinatorContext,
  record: PipelineRecord,
  plan: JobPlan,
): readonly { readonly run: JobRun; readonly isForeign: boolean }[] {
  const own = wantedNames(context, record, plan).map((job) => ({ pipeline: record.id, job, isForeign: false }));
  const foreign = foreignNeeds(context, record, plan).map((source) => ({ ...source, isForeign: true }));
  return [...own, ...foreign].flatMap(({ pipeline, job, isForeign }) => {
    const run = context.pipelines.latestRun(pipeline, job);
    return run === undefined ? [] : [{ run, isForeign }];
  });
}

/** A need of another pipeline that has not succeeded: it fails the job when that is picked up. */
export function unmetNeed(context: CoordinatorContext, record: PipelineRecord, plan: JobPlan): string | undefined {
  const wanted = (plan.needs ?? []).filter((need) => need.pipeline !== undefined && !need.optional).length;
  const found = foreignNeeds(context, record, plan).filter(
    ({ pipeline, job }) => context.pipelines.latestRun(pipeline, job)?.status === 'success',
  );
  return found.length < wanted ? plan.needs?.find((need) => need.pipeline !== undefined)?.job : undefined;
}

function wantedNames(context: CoordinatorContext, { id }: PipelineRecord, plan: JobPlan): readonly string[] {
  if (plan.dependencies?.length === 0) return [];
  const { stages, jobs } = context.pipelines.state(id).plan;
  const own = stages.indexOf(plan.stage);
  const needed =
    plan.needs === undefined
      ? undefined
      : new Set(plan.needs.flatMap((need) => (need.pipeline === undefined && need.artifacts ? [need.job] : [])));
  const isWanted = ({ name, stage }: JobPlan) => needed?.has(name) ?? stages.indexOf(stage) < own;
  return jobs
    .filter((job) => isWanted(job) && (plan.dependencies?.includes(job.name) ?? true))
    .toSorted((one, other) => stages.indexOf(one.stage) - stages.indexOf(other.stage))
    .map(({ name }) => name);
}

function foreignNeeds(context: CoordinatorContext, record: PipelineRecord, plan: JobPlan): readonly Source[] {
  const variables = resolveVariables(plan.variables);
  return (plan.needs ?? []).flatMap((need) => {
    if (need.pipeline === undefined) return [];
    const name = /^\$\{?(\w+)\}?$/.exec(need.pipeline)?.[1];
    const given =
      name === undefined
        ? need.pipeline
        : (variables[name] ?? (name === 'PARENT_PIPELINE_ID' ? record.parent?.pipeline : undefined));
    return given === undefined || !isAbove(context, record, given) ? [] : [{ pipeline: given, job: need.job }];
  });
}

/** Artifacts cross between pipelines only inside of one family: from the parents of a child, up to the topmost. */
function isAbove(context: CoordinatorContext, record: PipelineRecord, other: string): boolean {
  let parent = record.parent?.pipeline;
  while (parent !== undefined) {
    if (parent === other) return true;
    parent = context.pipelines.record(parent)?.parent?.pipeline;
  }
  return false;
}
