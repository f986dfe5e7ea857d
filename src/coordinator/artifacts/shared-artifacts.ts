import {
  jobPlan,
  type JobOutput,
  type JobRun,
  type PipelineRecord,
  type SharedOutputRequest,
  type Trust,
} from '../../pipeline/index.ts';
import { stackOfProject } from '../changes/stack-of-project.ts';
import type { PipelineRecords, Stack, StackRegistry } from '../context.ts';
import { coordinatorError } from '../errors.ts';

type Context = PipelineRecords & StackRegistry;

/**
 * Returns what the newest successful job of a branch or tag of another stack left. Throws if the stack does not share
 * it with that of the pipeline.
 */
export function sharedOutput(context: Context, request: SharedOutputRequest): JobOutput | undefined {
  const { from, project, ref, job } = request;
  const refuse = (reason: string, remedy: string) =>
    coordinatorError('ARTIFACTS_REFUSED', { stack: from.stack, project, reason, remedy });
  if (from.trust === 'untrusted')
    throw refuse('the change comes from a fork', 'Push the change to a branch of the project.');
  const stack = stackOfProject(context, project);
  if (stack === undefined || !shares(stack, from.stack))
    throw refuse(
      'there is no such stack, or it does not share them',
      `Add \`${from.stack}\` to \`sharesArtifactsWith\` of the stack in the configuration of the server.`,
    );
  const { name } = stack.configuration;
  return context.pipelines.successfulOutput({ stack: name, ref, job, trusts: readableTrusts(from) });
}

/** Whether a job may read the artifacts of a job of another stack, which it needs. */
export function mayReadShared(context: Context, reader: JobRun, owner: JobRun): boolean {
  const { pipelines, stacks } = context;
  const [from, record] = [pipelines.record(reader.pipeline), pipelines.record(owner.pipeline)];
  if (from === undefined || record === undefined || owner.status !== 'success') return false;
  const needs = jobPlan(pipelines.state(from.id).plan, reader.name)?.needs ?? [];
  const isNeeded = needs.some(
    ({ project, ref, job }) => project !== undefined && mayMean(ref, record.ref) && mayMean(job, owner.name),
  );
  const stack = stacks.get(record.stack);
  const isOfRef = record.refType === 'branch' || record.refType === 'tag';
  const isAllowed = from.trust !== 'untrusted' && stack !== undefined && shares(stack, from.stack);
  return isNeeded && isAllowed && isOfRef && readableTrusts(from).includes(record.trust);
}

/** A name with variables may mean any. */
function mayMean(written: string | undefined, name: string): boolean {
  return written === name || written?.includes('$') === true;
}

function shares({ configuration: { name, sharesArtifactsWith } }: Stack, other: string): boolean {
  return name === other || sharesArtifactsWith.includes(other);
}

/** What is not protected does not reach protected pipelines, and what outsiders made reaches no other stack. */
function readableTrusts({ trust }: PipelineRecord): readonly Trust[] {
  return trust === 'protected' ? ['protected'] : ['protected', 'pull-request'];
}
