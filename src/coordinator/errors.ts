import { defineErrors, type SlipwayError } from '../kit/index.ts';

export const coordinatorError = defineErrors({
  PIPELINE_EXCLUDED: {
    message: 'No pipeline was created for commit `{sha}` of `{stack}`: {reason}.',
    hint: 'If the commit should have a pipeline, change `workflow:rules` or the rules of the jobs.',
  },
  PIPELINE_LOCK_MISSING: {
    message: 'Pipeline {pipeline} has no recorded lock, so its packages cannot be accepted on the protected mirror.',
    hint:
      'Let the generate job keep `concrete_environment/spack.lock` as an artifact, or, without a generate job, ' +
      'commit the lock.',
    status: 409,
  },
  PROMOTION_ENTRY_CHANGED: {
    message: 'Entry `{entry}` on the mirror of the pull request differs from what the gateway accepted from job {job}.',
    hint: 'The package is built again. Find out who writes to the mirror besides this server.',
    status: 409,
  },
  PROMOTION_TOO_LATE: {
    message: 'Another pipeline has already pushed `{entry}` to the protected mirror.',
    hint: 'Nothing needs to be done. The existing entry is kept.',
    status: 409,
  },
  IMAGE_LOCK_MISSING: {
    message: 'Pipeline {pipeline} has no lock of job {job}. It has locks of {jobs}.',
    hint: 'Correct `locks` in `slipway.yaml`, or let job {job} keep `concrete_environment/spack.lock` as an artifact.',
    exitCode: 2,
  },
  PIPELINE_LOCK_INVALID: {
    message: 'The lock that job `{job}` created cannot be used: {reason}.',
    hint: 'Run `slipway generate` in the folder of the stack to reproduce the error.',
  },
  MANIFEST_NAME_REFUSED: {
    message: 'Job {job} pushed a manifest to `{key}`, which is not the name of a package.',
    hint: 'Push with `slipway rebuild` or `spack buildcache push`.',
    status: 403,
  },
  SPEC_FILE_REFUSED: {
    message: 'The spec file `{key}` of job {job} was refused: {reason}.',
    hint: 'Push the tarball first, and push with `spack buildcache push --unsigned` of Spack 0.20 to 0.23.',
  },
  MIRROR_LAYOUT_MISSING: {
    message: 'Job {job} pushed layout v2 (Spack before 1.0), but the mirror of `{stack}` has only layout v3.',
    hint: 'Add `layouts: [v3, v2]` to the stack in `slipway.server.yaml`, and restart the server.',
  },
  DOWNSTREAM_REFUSED: {
    message: 'Stack `{stack}` cannot start a pipeline of `{project}`: {reason}.',
    hint: '{remedy}',
    status: 403,
  },
  ARTIFACTS_REFUSED: {
    message: 'Stack `{stack}` cannot read artifacts of `{project}`: {reason}.',
    hint: '{remedy}',
    status: 403,
  },
  STACK_UNKNOWN: {
    message: 'There is no stack `{stack}`.',
    hint: 'Use a stack that is listed under `stacks` in the configuration of the server.',
    status: 404,
    exitCode: 2,
  },
  RUNNER_UNKNOWN: {
    message: 'There is no runner `{runner}`.',
    hint: 'Run `slipway runner list` to see all runners.',
    status: 404,
    exitCode: 2,
  },
  RUNNER_CONFIGURED: {
    message: 'Runner `{runner}` belongs to the configuration of the server, which commands do not change.',
    hint: 'Change `runners` in `slipway.server.yaml`, and restart the server.',
    status: 409,
    exitCode: 2,
  },
  RUNNER_NAME_TAKEN: {
    message: 'There is, or was, another runner with the name `{runner}`.',
    hint: 'Choose another name. Jobs keep the name of their runner, so names are not used again.',
    status: 409,
    exitCode: 2,
  },
  RUNNER_TAKES_NOTHING: {
    message: 'Runner `{runner}` would take no job: it has no tags, and takes no jobs without tags.',
    hint: 'Add a tag with `--tag` (`"tags"`), or let it take jobs without tags.',
    status: 400,
    exitCode: 2,
  },
  RUNNER_NOT_ISOLATED: {
    message: 'Runner `{runner}` cannot be trusted, because it does not isolate its jobs.',
    hint: 'Add `--sandbox` (`"sandbox": true`) if each job runs in a container or on a machine of its own.',
    status: 422,
    exitCode: 2,
  },
  RUNNER_REGISTRATION_OFF: {
    message: 'Runners cannot register themselves at this server.',
    hint:
      'Create the runner with `slipway runner create`, or allow registration for some time with ' +
      '`slipway runner allow-registration`.',
    status: 410,
  },
  PERMISSION_UNKNOWN: {
    message: 'The forge did not report what `{actor}` may do in the repository: {reason}.',
    hint: 'Nothing needs to be done if the forge is unavailable for now: it is asked again.',
    status: 502,
  },
  PUBLICATION_REFUSED: {
    message: '`{ref}` of `{stack}` was not published: {reason}.',
    hint: '{remedy}',
    status: 409,
  },
  IMAGE_UNKNOWN: {
    message: 'There is no image {image} of stack `{stack}`.',
    hint: 'Find the id on the page of the stack, or with `slipway status --json`.',
    status: 404,
    exitCode: 2,
  },
  IMAGE_NOT_RETRYABLE: {
    message: 'Image {image} cannot be published again: {reason}.',
    hint: 'Publish again only an image whose publication failed or was refused, and whose tag no later image has.',
    status: 409,
  },
  COMPARE_NAME_UNKNOWN: {
    message: 'Stack `{stack}` has no pipeline of `{name}`, so there is no lock to compare.',
    hint:
      'Use a branch, tag or commit that has a pipeline, `pull/<number>`, `pipeline:<id>`, `image:<id>`, or ' +
      '`lock:` with at least 12 characters of its digest.',
    status: 404,
    exitCode: 2,
  },
  COMPARE_LOCK_MISSING: {
    message: '`{name}` of stack `{stack}` cannot be compared, because pipeline {pipeline} {reason}.',
    hint: 'Wait until its generate job has ended, or choose another pipeline.',
    status: 409,
  },
  DEFAULT_BRANCH_MISSING: {
    message: 'No pipelines run in `{stack}`, because its remote has no default branch `{branch}`. It has {branches}.',
    hint: 'Set `defaultBranch` of the stack in `slipway.server.yaml` to an existing branch, or push `{branch}`.',
    status: 409,
  },
  BRANCH_UNKNOWN: {
    message: 'The remote of `{stack}` has no branch `{ref}`.',
    hint: 'Use the short name of a branch that has been pushed.',
    status: 404,
    exitCode: 2,
  },
  COMMIT_NOT_IN_BRANCH: {
    message: 'Branch `{ref}` of `{stack}` does not contain commit `{sha}`.',
    hint: 'Use the full SHA of a commit of that branch, or omit it for the newest commit.',
    exitCode: 2,
  },
  JOB_UNKNOWN: {
    message: 'Pipeline {pipeline} has no job `{job}`.',
    hint: 'Open the page of the pipeline, or run `slipway status --url URL`, to list its jobs.',
    status: 404,
    exitCode: 2,
  },
  JOB_ACTION_REFUSED: {
    message: 'Cannot {action} job `{job}` of pipeline {pipeline}, because its status is `{status}`.',
    hint: 'Retry jobs that have ended, play manual and delayed jobs, and cancel jobs that have not ended.',
    status: 409,
  },
  PIPELINE_ACTION_REFUSED: {
    message: 'Cannot {action} pipeline {pipeline}, because its status is `{status}`.',
    hint: 'Retry pipelines with failed or canceled jobs, and cancel pipelines that have not ended.',
    status: 409,
  },
  CLICK_FORBIDDEN: {
    message: '`{actor}` may not {command} commit {sha} by a check.',
    hint: 'This takes the scope `{needed}`, which follows from the role of the account at the forge.',
    status: 403,
  },
  CLICK_OUTDATED: {
    message: 'There is nothing to {command} at commit {sha} of stack `{stack}`.',
    hint: 'Use the check of the newest commit.',
    status: 409,
  },
  REQUEST_NOT_OPEN: {
    message: 'Pull request {request} of `{stack}` is {state}, and its part of the mirror was deleted.',
    hint: 'Reopen the pull request to start a pipeline for its head.',
    status: 409,
  },
  DOTENV_INVALID: {
    message: 'The dotenv report is not valid: {reason}.',
    hint: 'Write lines of `NAME=value` without quotes, comments or continuations, at most 64 KiB and 200 variables.',
    status: 400,
  },
  VARIABLE_REFUSED: {
    message: 'The variable `{name}` cannot be set for a pipeline.',
    hint:
      'Use letters, digits and `_`, and no name that begins with `AWS_`, `SLIPWAY_` or `CI_`, which are ' +
      'reserved for the server.',
    exitCode: 2,
  },
  REQUEST_UNKNOWN: {
    message: 'There is no open pull request {request} of stack `{stack}`.',
    hint: 'Run `slipway status` to list the open pull requests.',
    status: 404,
    exitCode: 2,
  },
  REQUEST_COMMAND_REFUSED: {
    message: 'Cannot {command} pull request {request}.',
    hint: '{reason}',
    status: 409,
  },
  REQUEST_MOVED: {
    message: 'The head of pull request {request} is `{head}`, not `{sha}`.',
    hint: 'Review the new changes, then approve commit `{head}`.',
    status: 409,
  },
  EXTERNAL_LOCK_CHANGED: {
    message: 'Pipeline {external} of `{project}` sent lock `{lock}`, but it sent lock `{before}` earlier.',
    hint: 'Use the same lock in all jobs of a pipeline: pass `spack.lock` on as an artifact.',
    status: 403,
    exitCode: 2,
  },
  EXTERNAL_LOCK_MISSING: {
    message: 'The server does not have lock `{lock}`.',
    hint: 'Send the content of `spack.lock` as the body of the request.',
    status: 409,
    exitCode: 2,
  },
  EXTERNAL_LOCK_INVALID: {
    message: 'The lock cannot be used: {reason}.',
    hint: 'Send `spack.lock` of the environment unchanged (`--data-binary @spack.lock`), or its SHA-256 as `?lock=…`.',
    status: 400,
    exitCode: 2,
  },
  EXTERNAL_COMMIT_REFUSED: {
    message: 'Commit `{sha}` of the ID token is not accepted: {reason}.',
    hint:
      'Check that the repository of the stack has the commit of the pipeline, and that a protected ref is on a ' +
      'protected branch.',
    status: 403,
    exitCode: 2,
  },
  EXTERNAL_PIPELINE_ENDED: {
    message: 'Pipeline {pipeline} has ended with status `{status}`.',
    hint: 'Start a new pipeline in the CI system.',
    status: 409,
    exitCode: 2,
  },
  EXTERNAL_TRUST_CHANGED: {
    message: 'Pipeline {external} of `{project}` started as {before}, but this ID token is {now}.',
    hint: 'Start a new pipeline in the CI system, and do not change the protection of its ref while it runs.',
    status: 403,
    exitCode: 2,
  },
  EXTERNAL_TOKEN_WRONG: {
    message: 'The token is not that of a running pipeline of stack `{stack}`, or it has expired.',
    hint: 'Send `SLIPWAY_PIPELINE_TOKEN`, which is in the answer to the ID token of this pipeline.',
    status: 401,
    exitCode: 2,
  },
  EXTERNAL_ACTION_REFUSED: {
    message: 'Pipeline {pipeline} runs in another CI system.',
    hint: 'Retry it in that system.',
    status: 409,
    exitCode: 2,
  },
  QUOTA_EXCEEDED: {
    message: '{state}.',
    hint:
      'It can start at {at} UTC. Run `slipway quota` to see what is used, or change the limit in ' +
      '`slipway.server.yaml`.',
    status: 429,
  },
  QUOTA_BLOCKED: {
    message: '{owner} is blocked {reason}.',
    hint: 'Run `slipway quota unblock`, or remove the entry from `blocked` of the stack.',
    status: 403,
  },
  QUOTA_NOT_BLOCKED: {
    message: '{owner} is not blocked with `slipway quota block`.',
    hint: 'Run `slipway quota` to list what is blocked. Remove blocks of the configuration there.',
    status: 409,
  },
  MANIFEST_NOT_IN_LOCK: {
    message: 'Job {job} pushed `{name}` /{hash}, which is not in the lock of pipeline {pipeline}.',
    hint: 'Push only packages that the generate job of the same pipeline locked.',
    status: 403,
  },
  SETTING_INVALID: {
    message: '`{setting}` on the command line or in a `SLIPWAY_` variable is not valid: {reason}.',
    hint: 'Run `slipway serve --help` to see the options.',
    status: 400,
    exitCode: 2,
  },
  SECRET_MISSING: {
    message: 'The secret for {purpose} is missing: {source}.',
    hint: 'Set it before you start the server, or remove the entry from the configuration.',
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
