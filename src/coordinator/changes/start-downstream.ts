import {
  pipelineError,
  type DownstreamRequest,
  type PipelineRecord,
  type PipelineSubject,
  type Sources,
} from '../../pipeline/index.ts';
import type { CoordinatorContext, PipelineRecords, Stack } from '../context.ts';
import { coordinatorError } from '../errors.ts';
import { isSettable } from './is-settable.ts';
import { stackOfProject } from './stack-of-project.ts';
import { startPipeline } from './start-pipeline.ts';
import { isProtectedBranch } from './trust.ts';

interface Downstream {
  readonly context: CoordinatorContext;
  readonly sources: Sources;
}

/**
 * Creates the pipeline of a branch that a trigger job of another stack asks for. It is trusted no further than both the
 * branch and the pipeline that asks. Throws if the stack does not let the other one start its pipelines, or if pipelines
 * would trigger each other in a circle.
 */
export async function startDownstream(parts: Downstream, request: DownstreamRequest): Promise<PipelineRecord> {
  const { context } = parts;
  const { from, job, inputs } = request;
  const stack = allowedStack(context, request);
  const { name, defaultBranch } = stack.configuration;
  context.quotas.requireStart({ stack: name, source: 'pipeline', actor: undefined });
  const ref = request.branch ?? defaultBranch;
  const sha = context.ledger.knownRefs(name).get(`refs/heads/${ref}`);
  if (sha === undefined) throw coordinatorError('BRANCH_UNKNOWN', { stack: name, ref });
  const { tree } = await stack.forge.commit(sha);
  const isProtected = from.trust === 'protected' && isProtectedBranch(stack.configuration, ref);
  const trust = isProtected ? 'protected' : 'pull-request';
  const commit = { head: sha, base: sha, sha, tree };
  const { actor } = from;
  const subject: PipelineSubject = { stack: name, source: 'pipeline', refType: 'branch', ref, ...commit, trust, actor };
  const variables = Object.fromEntries(Object.entries(request.variables).filter(([key]) => isSettable(key)));
  const upstream = { pipeline: from.id, job };
  const record = await startPipeline(parts, subject, { variables, inputs, upstream });
  if (record !== undefined) return record;
  const reason = 'the commit holds neither `.gitlab-ci.yml` nor `spack.yaml`';
  throw pipelineError('PIPELINE_NOT_CREATED', { sha, stack: name, reason });
}

/** A stack that does not exist and one that allows nothing are answered alike. */
function allowedStack(context: CoordinatorContext, { from, project }: DownstreamRequest): Stack {
  const refuse = (reason: string, remedy: string) =>
    coordinatorError('DOWNSTREAM_REFUSED', { stack: from.stack, project, reason, remedy });
  if (from.trust === 'untrusted')
    throw refuse('the change comes from a fork', 'Push the change to a branch of the project.');
  const stack = stackOfProject(context, project);
  if (stack?.configuration.triggeredBy.includes(from.stack) !== true)
    throw refuse(
      'there is no such stack, or it does not allow it',
      `Add \`${from.stack}\` to \`triggeredBy\` of the stack in the configuration of the server.`,
    );
  if (stacksAbove(context, from).includes(stack.configuration.name))
    throw refuse('that stack has triggered this pipeline itself', 'Remove one of the two triggers.');
  return stack;
}

/** Returns the stack of a pipeline, and those of the pipelines that led to it. */
function stacksAbove({ pipelines }: PipelineRecords, record: PipelineRecord): readonly string[] {
  const above = (record.parent ?? record.upstream)?.pipeline;
  const next = above === undefined ? undefined : pipelines.record(above);
  return [record.stack, ...(next === undefined ? [] : stacksAbove({ pipelines }, next))];
}
