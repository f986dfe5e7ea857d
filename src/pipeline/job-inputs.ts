import { inputJobs } from './engine/input-jobs.ts';
import { jobPlan } from './engine/job-graph.ts';
import { foreignOutputs, isAbove, type JobReading } from './foreign-outputs.ts';
import type { JobRun, PipelineRecord } from './pipeline-record.ts';
import type { ArchiveSize, DriverPorts, PipelineStore, TextVariables } from './ports.ts';

export interface JobInputs {
  /** Attempts whose archives are laid into the workspace, in order. */
  readonly dependencies: readonly { readonly run: JobRun; readonly archive: ArchiveSize }[];
  /** Variables of dotenv reports. */
  readonly dotenv: TextVariables;
  /** Why the job cannot run: something that it needs is not there. */
  readonly missing?: string;
}

/**
 * Returns what a job gets from jobs of its pipeline, and of other pipelines if it needs them: of each job the newest
 * attempt, those of other pipelines last.
 */
export async function jobInputs(
  ports: Pick<DriverPorts, 'store' | 'sources' | 'sharedOutput'>,
  record: PipelineRecord,
  { plan, lookup }: JobReading,
): Promise<JobInputs> {
  const { store, sources } = ports;
  const own = store.outputs(record.id, inputJobs(store.state(record.id).plan, plan));
  const foreign = foreignOutputs(ports, record, { plan, lookup });
  const outputs = [...own, ...foreign.outputs];
  const dotenv = await Promise.all(outputs.filter(({ hasDotenv }) => hasDotenv).map(({ run }) => sources.dotenv(run)));
  const expired = outputs.find(({ isExpired }) => isExpired);
  return {
    dependencies: outputs.flatMap(({ run, archive }) => (archive === undefined ? [] : [{ run, archive }])),
    dotenv: Object.assign({}, ...dotenv) as TextVariables,
    ...(expired === undefined ? {} : { missing: `The artifacts of job \`${expired.run.name}\` have expired` }),
    ...(foreign.missing === undefined ? {} : { missing: foreign.missing }),
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
