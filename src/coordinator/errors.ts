import { defineErrors, type SlipwayError } from '../kit/index.ts';

export const coordinatorError = defineErrors({
  PIPELINE_EXCLUDED: {
    message: 'There is no pipeline for `{sha}` of `{stack}`: {reason}.',
    hint: 'If there should be one, change `workflow:rules` or the rules of the jobs.',
  },
  PIPELINE_LOCK_MISSING: {
    message: 'Pipeline {pipeline} has recorded no lock, so nothing of it can be accepted on the protected mirror',
    hint: 'The generate job must leave `concrete_environment/spack.lock` among its artifacts; where no job generates, the commit must have it.',
    status: 409,
  },
  PROMOTION_ENTRY_CHANGED: {
    message: 'Entry `{entry}` on the mirror of the pull request is not what the gateway accepted from job {job}',
    hint: 'It is built again. Find out who writes to the mirror besides this server.',
    status: 409,
  },
  PROMOTION_TOO_LATE: {
    message: 'Another pipeline has put `{entry}` onto the protected mirror meanwhile',
    hint: 'Nothing needs to be done: that one stays.',
    status: 409,
  },
  IMAGE_LOCK_MISSING: {
    message: 'Pipeline {pipeline} has no lock of job {job}; it has {jobs}',
    hint: 'Correct `locks` in slipway.yaml, or let that job leave `concrete_environment/spack.lock`.',
    exitCode: 2,
  },
  PIPELINE_LOCK_INVALID: {
    message: 'The lock that job `{job}` left cannot be used: {reason}',
    hint: 'Run `slipway generate` in the stack’s folder to see it there.',
  },
  MANIFEST_NAME_REFUSED: {
    message: 'Job {job} put a manifest under `{key}`, which is no package’s name',
    hint: 'Push with `slipway rebuild` or `spack buildcache push`.',
    status: 403,
  },
  SPEC_FILE_REFUSED: {
    message: 'The spec file `{key}` of job {job} is refused: {reason}',
    hint: 'Push with `spack buildcache push --unsigned` of Spack 0.20 to 0.23, the tarball first.',
  },
  MIRROR_LAYOUT_MISSING: {
    message: 'Job {job} pushes layout v2, as Spack before 1.0 does; the mirror of `{stack}` holds layout v3 alone',
    hint: 'Add `layouts: [v3, v2]` to the stack in `slipway.server.yaml`, and start the server again.',
  },
  STACK_UNKNOWN: {
    message: 'There is no stack `{stack}`',
    hint: 'The stacks are listed under `stacks` in the server’s configuration.',
    status: 404,
    exitCode: 2,
  },
  PUBLICATION_REFUSED: {
    message: '`{ref}` of `{stack}` is not published: {reason}',
    hint: '{remedy}',
    status: 409,
  },
  IMAGE_UNKNOWN: {
    message: '`{stack}` has no image {image}.',
    hint: 'Find its id on the page of the stack, or with `slipway status --json`.',
    status: 404,
    exitCode: 2,
  },
  IMAGE_NOT_RETRYABLE: {
    message: 'Image {image} cannot be published again: {reason}.',
    hint: 'An image can be published again if publishing it failed or was refused, and no later one has its tag.',
    status: 409,
  },
  DEFAULT_BRANCH_MISSING: {
    message:
      'Nothing runs in `{stack}`: its remote has no branch `{branch}`, which is the default branch. It has {branches}.',
    hint: 'Set `defaultBranch` of the stack in `slipway.server.yaml` to one of them, or push `{branch}`.',
    status: 409,
  },
  BRANCH_UNKNOWN: {
    message: 'The remote of `{stack}` has no branch `{ref}`',
    hint: 'Give the short name of a branch that has been pushed.',
    status: 404,
    exitCode: 2,
  },
  COMMIT_NOT_IN_BRANCH: {
    message: 'The branch `{ref}` of `{stack}` does not contain the commit `{sha}`',
    hint: 'Give the whole SHA of a commit of that branch, or leave it out for the newest.',
    exitCode: 2,
  },
  JOB_UNKNOWN: {
    message: 'Pipeline {pipeline} has no job `{job}`',
    hint: 'Its jobs are listed on its page, and by `slipway status --url`.',
    status: 404,
    exitCode: 2,
  },
  JOB_ACTION_REFUSED: {
    message: 'Job `{job}` of pipeline {pipeline} is {status}: there is nothing to {action}',
    hint: 'Ended jobs can be retried, manual and delayed ones played, and those that have not ended canceled.',
    status: 409,
  },
  PIPELINE_ACTION_REFUSED: {
    message: 'Pipeline {pipeline} is {status}: there is nothing to {action}',
    hint: 'A retry takes failed and canceled jobs; a cancel what has not ended.',
    status: 409,
  },
  REQUEST_NOT_OPEN: {
    message: 'Pull request {request} of `{stack}` is {state}, and its part of the mirror is gone',
    hint: 'Open it again; then its head gets a pipeline.',
    status: 409,
  },
  DOTENV_INVALID: {
    message: 'The dotenv report is invalid: {reason}',
    hint: 'Write `NAME=value` lines without quotes, comments or continuations, at most 64 KiB and 200 variables.',
    status: 400,
  },
  VARIABLE_REFUSED: {
    message: 'A pipeline cannot be started with the variable `{name}`',
    hint: 'Names are letters, digits and `_`; those that begin with `AWS_`, `SLIPWAY_` or `CI_` are the server’s own.',
    exitCode: 2,
  },
  REQUEST_UNKNOWN: {
    message: '`{stack}` has no open pull request {request}',
    hint: 'See `slipway status` for those that are open.',
    status: 404,
    exitCode: 2,
  },
  REQUEST_MOVED: {
    message: 'Pull request {request} is not at `{sha}` but at `{head}`',
    hint: 'Read what has changed, then approve that commit.',
    status: 409,
  },
  EXTERNAL_LOCK_CHANGED: {
    message: 'Pipeline {external} of `{project}` presents lock `{lock}`; before, it presented lock `{before}`.',
    hint: 'All jobs of a pipeline must present the same lock: pass `spack.lock` on as an artifact.',
    status: 403,
    exitCode: 2,
  },
  EXTERNAL_LOCK_MISSING: {
    message: 'The server does not have lock `{lock}`.',
    hint: 'Send `spack.lock` itself as the body of the request.',
    status: 409,
    exitCode: 2,
  },
  EXTERNAL_LOCK_INVALID: {
    message: 'The lock cannot be used: {reason}',
    hint: 'Send `spack.lock` of the environment as Spack wrote it (`--data-binary @spack.lock`), or its SHA-256 as `?lock=…`.',
    status: 400,
    exitCode: 2,
  },
  EXTERNAL_COMMIT_REFUSED: {
    message: 'Commit `{sha}` of the ID token is not accepted: {reason}.',
    hint: 'The repository of the stack must hold the commit that the pipeline runs for, a protected ref on a protected branch.',
    status: 403,
    exitCode: 2,
  },
  EXTERNAL_PIPELINE_ENDED: {
    message: 'Pipeline {pipeline} has ended as {status}.',
    hint: 'Start a new pipeline at the CI system.',
    status: 409,
    exitCode: 2,
  },
  EXTERNAL_TRUST_CHANGED: {
    message: 'Pipeline {external} of `{project}` began as {before}; this ID token makes it {now}.',
    hint: 'Start a new pipeline at the CI system, and do not change the protection of its ref while it runs.',
    status: 403,
    exitCode: 2,
  },
  EXTERNAL_TOKEN_WRONG: {
    message: 'The token is not that of a pipeline of stack `{stack}` that runs, or it has expired.',
    hint: 'Send `SLIPWAY_PIPELINE_TOKEN` of the answer to this pipeline’s ID token.',
    status: 401,
    exitCode: 2,
  },
  EXTERNAL_ACTION_REFUSED: {
    message: 'Pipeline {pipeline} runs at another CI system.',
    hint: 'Retry it there.',
    status: 409,
    exitCode: 2,
  },
  QUOTA_EXCEEDED: {
    message: '{state}.',
    hint: 'It can start at {at} UTC. `slipway quota` shows what is used; the setting is in `slipway.server.yaml`.',
    status: 429,
  },
  QUOTA_BLOCKED: {
    message: '{owner} is blocked {reason}.',
    hint: 'Nothing starts until `slipway quota unblock`, or until `blocked` of the stack no longer names it.',
    status: 403,
  },
  QUOTA_NOT_BLOCKED: {
    message: '{owner} is not blocked by an action.',
    hint: 'See `slipway quota`; what the configuration blocks is unblocked there.',
    status: 409,
  },
  MANIFEST_NOT_IN_LOCK: {
    message: 'Job {job} pushed `{name}` /{hash}, which the lock of pipeline {pipeline} does not have.',
    hint: 'Push what the generate job of the same pipeline locked.',
    status: 403,
  },
  SETTING_INVALID: {
    message: '`{setting}` of the command line or a `SLIPWAY_` variable: {reason}',
    hint: 'Run `slipway serve --help` for its options.',
    status: 400,
    exitCode: 2,
  },
  SECRET_MISSING: {
    message: 'The secret for {purpose} is missing: {source}',
    hint: 'Set it before the server starts, or take the entry out of the configuration.',
    status: 500,
    exitCode: 2,
  },
});

/** Says why a branch, a tag or an image of a stack is not published, and what helps. */
export function publicationRefused(
  { ref, stack }: { readonly ref: string; readonly stack: string },
  reason: string,
  remedy: string,
): SlipwayError {
  return coordinatorError('PUBLICATION_REFUSED', { ref, stack, reason, remedy });
}
