import { defineErrors } from '../kit/index.ts';

export const coordinatorError = defineErrors({
  PIPELINE_NOT_CREATED: {
    message: 'No pipeline was made for `{sha}` of `{stack}`: {reason}',
    hint: 'Mend the file that is named, and push again.',
    status: 422,
    exitCode: 1,
  },
  PIPELINE_CHILD_MISSING: {
    message: 'Job `{job}` wants to run `{file}`, which job `{from}` has not left as an artifact',
    hint: 'Look at the log of that job, and check `artifacts: paths`.',
    status: 422,
    exitCode: 1,
  },
  PIPELINE_LOCK_MISSING: {
    message: 'Pipeline {pipeline} has recorded no lock, so nothing of it can be accepted on the protected mirror',
    hint: 'The generate job must leave `concrete_environment/spack.lock` among its artifacts.',
    status: 409,
    exitCode: 1,
  },
  PIPELINE_LOCK_INVALID: {
    message: 'The lock that job `{job}` left cannot be used: {reason}',
    hint: 'Run `slipway generate` in the stack’s folder to see it there.',
    status: 422,
    exitCode: 1,
  },
  STACK_UNKNOWN: { message: 'There is no stack `{stack}`', hint: 'The stacks are listed under `stacks` in the server’s configuration.', status: 404, exitCode: 2 },
  PUBLICATION_REFUSED: {
    message: '`{ref}` of `{stack}` is not published: {reason}',
    hint: '{remedy}',
    status: 409,
    exitCode: 1,
  },
  SECRET_MISSING: {
    message: 'The secret for {purpose} is not there: {place}',
    hint: 'Set it before the server starts, or take the entry out of the configuration.',
    status: 500,
    exitCode: 2,
  },
});
