import { expandVariables, isForeignNeed, type JobPlan } from '../gitlab/index.ts';
import { inputJobs } from './engine/input-jobs.ts';
import { jobPlan } from './engine/job-graph.ts';
import type { JobRun, PipelineRecord } from './pipeline-record.ts';
import type { ArchiveSize, DriverPorts, JobOutput, PipelineStore, TextVariables } from './ports.ts';

type Lookup = (name: string) => string | undefined;

export interface JobInputs {
  /** Attempts whose archives are laid into the workspace, in order. */
  readonly dependencies: readonly { readonly run: JobRun; readonly archive: ArchiveSize }[];
  /** Variables of dotenv reports. */
  readonly dotenv: TextVariables;
  /** Why the job cannot run: something that it needs is not there. */
  readonly missing?: string;
}

/**
 * Returns what a job gets from jobs of its pipeline, and of the pipelines above if it needs them: of each job the
 * newest attempt, those of pipelines above last.
 */
export async function jobInputs(
  { store, sources }: Pick<DriverPorts, 'store' | 'sources'>,
  record: PipelineRecord,
  { plan, lookup }: { readonly plan: JobPlan; readonly lookup: Lookup },
): Promise<JobInputs> {
  const own = store.outputs(record.id, inputJobs(store.state(record.id).plan, plan));
  const foreign = foreignNeeds(store, record, { plan, lookup });
  const outputs = [...own, ...foreign.flatMap(({ pipeline, job }) => outputsAbove(store, pipeline, job))];
  const dotenv = await Promise.all(outputs.filter(({ hasDotenv }) => hasDotenv).map(({ run }) => sources.dotenv(run)));
  const missing = foreign.find((need) => !need.isOptional && !hasSucceeded(store, need.pipeline, need.job));
  const expired = outputs.find(({ isExpired }) => isExpired);
  return {
    dependencies: outputs.flatMap(({ run, archive }) => (archive === undefined ? [] : [{ run, archive }])),
    dotenv: Object.assign({}, ...dotenv) as TextVariables,
    ...(expired === undefined ? {} : { missing: `The artifacts of job \`${expired.run.name}\` have expired` }),
    ...(missing === undefined ? {} : { missing: whyMissing(missing) }),
  };
}

/**
 * Whether the artifacts of a job are among what another one gets: of its own pipeline what `inputJobs` names, and of
 * the pipelines above what it needs of them.
 */
export function getsArtifactsOf(store: PipelineStore, reader: JobRun, owner: JobRun): boolean {
  const { plan: pipeline } = store.state(reader.pipeline);
  const plan = jobPlan(pipeline, reader.name);
  const record = store.record(reader.pipeline);
  if (plan === undefined || record === undefined) return false;
  if (reader.pipeline === owner.pipeline) return inputJobs(pipeline, plan).includes(owner.name);
  const isNeeded = (plan.needs ?? []).some((need) => need.pipeline !== undefined && need.job === owner.name);
  return isNeeded && isAbove(store, record, owner.pipeline);
}

interface ForeignNeed {
  /** Undefined if it is no pipeline above. */
  readonly pipeline: string | undefined;
  readonly job: string;
  readonly project: string | undefined;
  readonly isOptional: boolean;
}

function whyMissing({ job, project }: ForeignNeed): string {
  return project === undefined
    ? `Job \`${job}\` of another pipeline, which is needed, has not succeeded`
    : `Artifacts of job \`${job}\` of project \`${project}\` are needed, and jobs cannot read those of other stacks`;
}

function foreignNeeds(
  store: PipelineStore,
  record: PipelineRecord,
  { plan, lookup }: { readonly plan: JobPlan; readonly lookup: Lookup },
): readonly ForeignNeed[] {
  return (plan.needs ?? []).flatMap((need) => {
    if (!isForeignNeed(need)) return [];
    const id = expandVariables(need.pipeline ?? '', lookup);
    const pipeline = isAbove(store, record, id) ? id : undefined;
    return [{ pipeline, job: need.job, project: need.project, isOptional: need.optional }];
  });
}

/** Artifacts cross between pipelines only from those above. */
function isAbove(store: PipelineStore, record: PipelineRecord, other: string): boolean {
  const above = record.parent?.pipeline;
  if (above === undefined || above === other) return above !== undefined;
  const parent = store.record(above);
  return parent !== undefined && isAbove(store, parent, other);
}

function outputsAbove(store: PipelineStore, pipeline: string | undefined, job: string): readonly JobOutput[] {
  return pipeline === undefined ? [] : store.outputs(pipeline, [job]);
}

function hasSucceeded(store: PipelineStore, pipeline: string | undefined, job: string): boolean {
  if (pipeline === undefined) return false;
  const { jobs } = store.state(pipeline);
  return Object.hasOwn(jobs, job) && jobs[job]?.status === 'success';
}
