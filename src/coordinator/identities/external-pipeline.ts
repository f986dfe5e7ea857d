import { pipelineError, type JobRun, type PipelineRecord, type PipelineSubject } from '../../pipeline/index.ts';
import type { JobIdentity } from '../../identity/index.ts';
import { hasCode } from '../../kit/index.ts';
import type { ForgeRecords, PipelineRecords, Stack } from '../context.ts';
import type { Coordinator } from '../coordinator.ts';
import { coordinatorError } from '../errors.ts';
import { isOnProtectedBranch } from '../images/on-protected-branch.ts';
import { isProtectedBranch, isProtectedTag, trustOfRequest } from '../changes/trust.ts';
import { externalSource as source } from './is-external.ts';

const JOB = 'external';

/** One job stands for all that the other system runs: it has started, and ends when that reports the end. */
const configuration = {
  file: '<external pipeline>',
  text: `${JOB}:\n  script: ['true']\n  timeout: 24 hours\n`,
};

/** What a pipeline elsewhere runs on, and how far it is trusted. */
export type ExternalSubject = Omit<PipelineSubject, 'head' | 'base' | 'sha' | 'tree'> & {
  readonly sha: string;
  readonly base: string;
};

/**
 * Returns the subject of a pipeline elsewhere. Only a protected ref that runs its own code is trusted. What the token
 * cannot distinguish from a fork's, such as a merge request, is an outsider's.
 */
export function subjectOf(
  { ledger }: ForgeRecords,
  { configuration: { name: stack }, forge }: Pick<Stack, 'configuration' | 'forge'>,
  { project, ref, sha, actor, isOfRef, isProtected }: JobIdentity,
): ExternalSubject {
  const number = forge.requestOfJob?.({ project, ref });
  const request = number === undefined ? undefined : ledger.request(stack, number);
  if (request?.state === 'open') {
    const { headSha, baseSha: base } = request;
    const trust = trustOfRequest(request);
    const named = { refType: 'pull-request', ref: `pull/${number}`, request: number } as const;
    return { stack, source, ...named, sha: headSha, base, trust };
  }
  const [, kind, short = ref] = /^refs\/(heads|tags)\/(.+)$/.exec(ref) ?? [];
  const trust = isProtected ? 'protected' : isOfRef && kind !== undefined ? 'pull-request' : 'untrusted';
  const refType = kind === 'tags' ? 'tag' : 'branch';
  return { stack, source, refType, ref: short, sha, base: sha, trust, actor };
}

/** Creates the record of a pipeline elsewhere. */
export async function beginExternal(
  coordinator: Coordinator,
  stack: Stack,
  subject: ExternalSubject,
): Promise<PipelineRecord> {
  const { sha, trust } = subject;
  coordinator.context.quotas.requireStart(subject);
  const refuse = (reason: string, cause?: unknown) =>
    coordinatorError('EXTERNAL_COMMIT_REFUSED', { sha, reason }, { cause });
  const { tree } = await stack.forge.commit(sha).catch((error: unknown) => {
    throw hasCode(error, 'FORGE_COMMIT_MISSING')
      ? refuse('the repository of the stack does not have it', error)
      : error;
  });
  if (trust === 'protected' && !(await isProtectedHere(stack, subject)))
    throw refuse(`\`${subject.ref}\` is not protected in the configuration of the stack, or does not contain it`);
  const record = await coordinator.begin({ ...subject, head: sha, tree }, { configuration });
  if (record !== undefined) return record;
  const reason = 'the commit holds neither `.gitlab-ci.yml` nor `spack.yaml`';
  throw pipelineError('PIPELINE_NOT_CREATED', { sha, stack: subject.stack, reason });
}

/** Whether the configuration of the stack and its repository agree with the token that the commit is protected. */
async function isProtectedHere(stack: Stack, { refType, ref, sha }: ExternalSubject): Promise<boolean> {
  const { configuration, forge } = stack;
  if (refType === 'tag') return isProtectedTag(configuration, ref) && isOnProtectedBranch(stack, sha);
  return isProtectedBranch(configuration, ref) && (await forge.branchesWith(sha)).includes(ref);
}

/** Lets the job run that stands for a pipeline elsewhere. Safe to repeat. */
export function startExternal({ driver }: Pick<Coordinator, 'driver'>, pipeline: string, runner: string): void {
  driver.dispatch(pipeline, { type: 'job-assigned', job: JOB, attempt: 1, runner, at: driver.now });
}

/** Returns the run of the job that stands for a pipeline elsewhere. */
export function externalRun({ pipelines }: PipelineRecords, pipeline: string): JobRun | undefined {
  return pipelines.latestRun(pipeline, JOB);
}
