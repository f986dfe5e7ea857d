import { pipelineError, type PipelineRecord, type PipelineSubject } from '../../pipeline/index.ts';
import type { Actor } from '../../forge/index.ts';
import { suggestion } from '../../kit/index.ts';
import type { ForgeRecords, Stack } from '../context.ts';
import { coordinatorError } from '../errors.ts';
import type { Coordinator } from '../coordinator.ts';
import { isProtectedBranch } from './trust.ts';

/** A pipeline that somebody or a clock asks for, with no change behind it. */
interface AskedPipeline {
  /** Name of a branch, as it was seen at the last look at the remote. */
  readonly ref: string;
  /** A whole SHA that the branch contains; by default its tip. */
  readonly sha?: string;
  /** They win over all but secrets, in every job. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly source: 'api' | 'schedule';
  /** Whose token was shown, where it is one account's. */
  readonly actor?: Actor;
}

/** Begins pipelines, on the ground of a part of the context. */
export interface PipelineStarter<Context> extends Pick<Coordinator, 'begin'> {
  readonly context: Context;
}

const NAME = /^[A-Za-z_]\w*$/;
const RESERVED = /^(?:AWS_|SLIPWAY_|CI_|CI$|GITLAB_CI$|S3_ENDPOINT_URL$)/;

/**
 * Makes a pipeline for a branch. How far it is trusted follows from the branch alone: protected for a protected one,
 * else as the team's unmerged work. Throws for a branch or commit that is not there, and before anything is stored.
 */
export async function beginAsked(
  coordinator: PipelineStarter<ForgeRecords>,
  stack: Stack,
  asked: AskedPipeline,
): Promise<PipelineRecord> {
  const { context } = coordinator;
  const name = stack.configuration.name;
  const variables = checkVariables(asked.variables ?? {});
  const sha = await resolveRef(context, stack, asked);
  const { tree } = await stack.forge.commit(sha);
  const trust = isProtectedBranch(stack.configuration, asked.ref) ? 'protected' : 'pull-request';
  const subject: PipelineSubject = {
    stack: name,
    source: asked.source,
    refType: 'branch',
    ref: asked.ref,
    head: sha,
    base: sha,
    sha,
    tree,
    trust,
    actor: asked.actor,
  };
  const record = await coordinator.begin(subject, { variables });
  if (record === undefined) {
    throw pipelineError('PIPELINE_NOT_CREATED', {
      sha,
      stack: name,
      reason: 'the commit holds neither `.gitlab-ci.yml` nor `spack.yaml`',
    });
  }
  return record;
}

async function resolveRef(context: ForgeRecords, stack: Stack, { ref, sha }: AskedPipeline): Promise<string> {
  const name = stack.configuration.name;
  const refs = context.ledger.knownRefs(name);
  const tip = refs.get(`refs/heads/${ref}`);
  if (tip === undefined) {
    const branches = [...refs.keys()].flatMap((one) => /^refs\/heads\/(.*)$/.exec(one)?.[1] ?? []);
    throw coordinatorError('BRANCH_UNKNOWN', { stack: name, ref }, { hint: suggestion(ref, branches) });
  }
  if (sha === undefined || sha === tip) return tip;
  // A commit that is not there at all is told like one of another branch: nothing is said about what exists.
  const branches = await stack.forge.branchesWith(sha).catch((): readonly string[] => []);
  if (!branches.includes(ref)) throw coordinatorError('COMMIT_NOT_IN_BRANCH', { sha, ref, stack: name });
  return sha;
}

/** Variables that a person gives: none of those that the server itself sets. */
export function checkVariables(variables: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const wrong = Object.keys(variables).find((name) => !NAME.test(name) || RESERVED.test(name));
  if (wrong !== undefined) throw coordinatorError('VARIABLE_REFUSED', { name: wrong });
  return variables;
}
