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

/**
 * What a job gets from others (https://docs.gitlab.com/ci/yaml/#needs, `dependencies`): with `needs`, from those that it needs
 * with their artifacts; otherwise from all jobs of earlier stages; `dependencies` narrows either.
 */
export function jobInputs(pipeline: LocalPipeline, plan: JobPlan, lookup: Lookup): JobInputs {
  const names = wantedNames(pipeline, plan);
  const foreign = foreignNeeds(pipeline, plan, lookup);
  const missing = foreign.find(
    (need) => !need.isOptional && need.pipeline?.machine.job(need.job)?.status !== 'success',
  );
  const archives = names.flatMap((name) => pipeline.archives.get(name) ?? []);
  const others = foreign.flatMap((need) => need.pipeline?.archives.get(need.job) ?? []);
  const dotenv = Object.assign({}, ...names.map((name) => pipeline.dotenv.get(name))) as JobInputs['dotenv'];
  return { archives: [...archives, ...others], dotenv, ...(missing === undefined ? {} : { missing: missing.job }) };
}

function wantedNames(pipeline: LocalPipeline, plan: JobPlan): readonly string[] {
  const { dependencies } = plan;
  if (dependencies?.length === 0) return [];
  const names = plan.needs?.flatMap((need) => (need.pipeline === undefined && need.artifacts ? [need.job] : []));
  const all = names === undefined ? earlierJobs(pipeline, plan) : inOrder(pipeline, names);
  return dependencies === undefined ? all : all.filter((name) => dependencies.includes(name));
}

/** Later stages last, so that of two files with one name the later one stays. */
function inOrder({ plan, plans }: LocalPipeline, names: readonly string[]): readonly string[] {
  if (names.length < 2) return names;
  const stageOf = (name: string) => plan.stages.indexOf(plans.get(name)?.stage ?? '');
  return names.toSorted((one, other) => stageOf(one) - stageOf(other));
}

/** Of earlier stages, and only those that left anything: of thousands of jobs most leave nothing. */
function earlierJobs(pipeline: LocalPipeline, { stage }: JobPlan): readonly string[] {
  const { plan, plans, archives, dotenv } = pipeline;
  const own = plan.stages.indexOf(stage);
  const isEarlier = (name: string) => plan.stages.indexOf(plans.get(name)?.stage ?? '') < own;
  const left = new Set([...archives.keys(), ...dotenv.keys()]);
  if (left.size === 0) return [];
  const names = plan.jobs.map((job) => job.name).filter((name) => left.has(name) && isEarlier(name));
  return inOrder(pipeline, names);
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
