import { expandVariables, isForeignNeed, type JobPlan, type Need } from '../gitlab/index.ts';
import { SlipwayError } from '../kit/index.ts';
import { pipelineError } from './errors.ts';
import type { PipelineRecord } from './pipeline-record.ts';
import type { DriverPorts, JobOutput, PipelineStore } from './ports.ts';

type Ports = Pick<DriverPorts, 'store' | 'sharedOutput'>;

export interface JobReading {
  readonly plan: JobPlan;
  /** Values of the job's variables. */
  readonly lookup: (name: string) => string | undefined;
}

interface ForeignOutput {
  readonly outputs: readonly JobOutput[];
  /** Why the job cannot run. */
  readonly missing?: string;
}

/** Returns what a job gets from jobs of other pipelines: those above, and those of other projects. */
export function foreignOutputs(ports: Ports, record: PipelineRecord, { plan, lookup }: JobReading): ForeignOutput {
  const expand = (text: string | undefined) => (text === undefined ? undefined : expandVariables(text, lookup));
  const found = (plan.needs ?? [])
    .filter(isForeignNeed)
    .map((need) => ({ ...need, pipeline: expand(need.pipeline), project: expand(need.project), ref: expand(need.ref) }))
    .map((need) =>
      need.project === undefined
        ? outputAbove(ports.store, record, need)
        : sharedOutput(ports, record, { ...need, job: expand(need.job) ?? need.job }),
    );
  const missing = found.find((one) => one.missing !== undefined)?.missing;
  return { outputs: found.flatMap(({ outputs }) => outputs), ...(missing === undefined ? {} : { missing }) };
}

/** Whether artifacts of a pipeline reach another one because it is above it. */
export function isAbove(store: PipelineStore, record: PipelineRecord, other: string): boolean {
  const above = record.parent?.pipeline;
  if (above === undefined || above === other) return above !== undefined;
  const parent = store.record(above);
  return parent !== undefined && isAbove(store, parent, other);
}

function outputAbove(store: PipelineStore, record: PipelineRecord, need: Need): ForeignOutput {
  const { pipeline = '', job, optional } = need;
  const isReadable = isAbove(store, record, pipeline);
  const outputs = isReadable ? store.outputs(pipeline, [job]) : [];
  if (optional || (isReadable && hasSucceeded(store, pipeline, job))) return { outputs };
  return { outputs, missing: `Job \`${job}\` of another pipeline, which is needed, has not succeeded` };
}

function sharedOutput({ sharedOutput: find }: Ports, from: PipelineRecord, need: Need): ForeignOutput {
  const { project = '', ref = '', job, optional } = need;
  try {
    if (find === undefined) throw pipelineError('PIPELINE_PROJECT_MISSING', { job, project });
    const output = find({ from, project, ref, job });
    if (output === undefined) throw pipelineError('PIPELINE_SHARED_JOB_MISSING', { job, project, ref });
    return { outputs: [output] };
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return optional ? { outputs: [] } : { outputs: [], missing: `${error.message} ${error.hint ?? ''}`.trim() };
  }
}

function hasSucceeded(store: PipelineStore, pipeline: string, job: string): boolean {
  const { jobs } = store.state(pipeline);
  return Object.hasOwn(jobs, job) && jobs[job]?.status === 'success';
}
