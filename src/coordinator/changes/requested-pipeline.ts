import { pipelineError, type PipelineRecord, type PipelineSubject } from '../../pipeline/index.ts';
import type { Actor } from '../../forge/index.ts';
import { suggestion } from '../../kit/index.ts';
import type { CoordinatorContext, ForgeRecords, Stack } from '../context.ts';
import { coordinatorError } from '../errors.ts';
import type { Coordinator } from '../coordinator.ts';
import { branchesIn } from './default-branch.ts';
import { isSettable } from './is-settable.ts';
import { isProtectedBranch } from './trust.ts';

/** A pipeline that a person or a schedule requests, with no change behind it. */
interface PipelineRequest {
  /** Name of a branch, as of the last poll of the remote. */
  readonly ref: string;
  /** A whole SHA that the branch contains; by default its tip. */
  readonly sha?: string;
  /** They take precedence over all but secrets, in every job. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly source: 'api' | 'schedule';
  /** The account that the token belongs to, if it is one account's. */
  readonly actor?: Actor;
}

/** Begins pipelines, on the ground of a part of the context. */
interface PipelineStarter<Context> extends Pick<Coordinator, 'begin'> {
  readonly context: Context;
}

/**
 * Makes a pipeline for a branch. How far it is trusted follows from the branch alone: protected for a protected one,
 * else as the team's unmerged work. Throws for a branch or commit that is not there, and before anything is stored.
 */
export async function beginRequested(
  coordinator: PipelineStarter<ForgeRecords & Pick<CoordinatorContext, 'quotas'>>,
  stack: Stack,
  request: PipelineRequest,
): Promise<PipelineRecord> {
  const { ref, source, actor } = request;
  const { name } = stack.configuration;
  const variables = checkVariables(request.variables ?? {});
  coordinator.context.quotas.requireStart({ stack: name, source, actor });
  const sha = await resolveRef(coordinator.context, stack, request);
  const { tree } = await stack.forge.commit(sha);
  const trust = isProtectedBranch(stack.configuration, ref) ? 'protected' : 'pull-request';
  const commit = { head: sha, base: sha, sha, tree };
  const subject: PipelineSubject = { stack: name, source, refType: 'branch', ref, ...commit, trust, actor };
  const record = await coordinator.begin(subject, { variables });
  if (record !== undefined) return record;
  const reason = 'the commit holds neither `.gitlab-ci.yml` nor `spack.yaml`';
  throw pipelineError('PIPELINE_NOT_CREATED', { sha, stack: name, reason });
}

async function resolveRef(context: ForgeRecords, stack: Stack, { ref, sha }: PipelineRequest): Promise<string> {
  const { name } = stack.configuration;
  const refs = context.ledger.knownRefs(name);
  const tip = refs.get(`refs/heads/${ref}`);
  if (tip === undefined) {
    throw coordinatorError('BRANCH_UNKNOWN', { stack: name, ref }, { hint: suggestion(ref, branchesIn(refs)) });
  }
  if (sha === undefined || sha === tip) return tip;
  // A commit that does not exist is reported like one of another branch, so that answers do not reveal what exists.
  const branches = await stack.forge.branchesWith(sha).catch((): readonly string[] => []);
  if (!branches.includes(ref)) throw coordinatorError('COMMIT_NOT_IN_BRANCH', { sha, ref, stack: name });
  return sha;
}

/** Refuses variables that the server itself sets. */
export function checkVariables(variables: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const wrong = Object.keys(variables).find((name) => !isSettable(name));
  if (wrong !== undefined) throw coordinatorError('VARIABLE_REFUSED', { name: wrong });
  return variables;
}
