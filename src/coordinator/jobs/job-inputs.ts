import { inputJobs } from '../../pipeline/index.ts';
import { resolveVariables } from '../../gitlab/index.ts';
import type { JobPlan } from '../../gitlab/index.ts';
import type { CoordinatorContext } from '../context.ts';
import type { JobRun, PipelineRecord } from '../ports.ts';

/** A job of this pipeline or of one above, by name. */
interface Source {
  readonly pipeline: string;
  readonly job: string;
}

/** Whose artifacts a job gets, in the order in which they are laid out: the newest attempt of each job, those of pipelines above last. */
export function inputRuns(
  context: CoordinatorContext,
  record: PipelineRecord,
  plan: JobPlan,
): readonly { readonly run: JobRun; readonly isForeign: boolean }[] {
  const names = inputJobs(context.pipelines.state(record.id).plan, plan);
  const own = names.map((job) => ({ pipeline: record.id, job, isForeign: false }));
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
