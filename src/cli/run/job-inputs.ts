import { inputJobs } from '../../pipeline/index.ts';
import { expandVariables } from '../../gitlab/index.ts';
import type { JobPlan } from '../../gitlab/index.ts';
import type { LocalPipeline } from './local-pipeline.ts';

type Lookup = (name: string) => string | undefined;

export interface JobInputs {
  /** Ids of the attempts whose archives come into the workspace, in order. */
  readonly archives: readonly string[];
  /** Variables from dotenv reports. */
  readonly dotenv: Readonly<Record<string, string>>;
  /** A job of another pipeline that is needed and has not succeeded. */
  readonly missing?: string;
}

/** What a job gets from others of its pipeline and, where it needs them, of those above. */
export function jobInputs(pipeline: LocalPipeline, plan: JobPlan, lookup: Lookup): JobInputs {
  const names = givingJobs(pipeline, plan);
  const foreign = foreignNeeds(pipeline, plan, lookup);
  const missing = foreign.find(
    (need) => !need.isOptional && need.pipeline?.machine.job(need.job)?.status !== 'success',
  );
  const archives = names.flatMap((name) => pipeline.archives.get(name) ?? []);
  const others = foreign.flatMap((need) => need.pipeline?.archives.get(need.job) ?? []);
  const dotenv = Object.assign({}, ...names.map((name) => pipeline.dotenv.get(name))) as JobInputs['dotenv'];
  return { archives: [...archives, ...others], dotenv, ...(missing === undefined ? {} : { missing: missing.job }) };
}

/** Of thousands of jobs most leave nothing. */
function givingJobs({ plan, archives, dotenv }: LocalPipeline, job: JobPlan): readonly string[] {
  if (archives.size + dotenv.size === 0) return [];
  return inputJobs(plan, job).filter((name) => archives.has(name) || dotenv.has(name));
}

interface ForeignNeed {
  readonly pipeline: LocalPipeline | undefined;
  readonly job: string;
  readonly isOptional: boolean;
}

/** Artifacts cross between pipelines only from those above. */
function foreignNeeds(pipeline: LocalPipeline, plan: JobPlan, lookup: Lookup): readonly ForeignNeed[] {
  return (plan.needs ?? []).flatMap((need) => {
    if (need.pipeline === undefined) return [];
    const id = expandVariables(need.pipeline, lookup);
    const found = id === pipeline.id ? undefined : pipeline.ancestor(id);
    return [{ pipeline: found, job: need.job, isOptional: need.optional }];
  });
}
