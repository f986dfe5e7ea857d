import { defineErrors } from '../kit/index.ts';

export const localError = defineErrors({
  CLI_RUN_JOB_MISSING: {
    message: 'The pipeline has no job `{job}`.',
    hint: '{remedy}',
    status: 404,
    exitCode: 2,
  },
  CLI_RUN_SANDBOX_MISSING: {
    message: 'No sandbox works on this machine ({reason}).',
    hint: '{remedy}',
    status: 501,
    exitCode: 2,
  },
  CLI_RUN_CONTAINER_MISSING: {
    message: 'No container runtime works on this machine ({reason}).',
    hint: 'Install podman, or leave out `--container`: then jobs run on this machine.',
    status: 501,
    exitCode: 2,
  },
  CLI_RUN_NOTHING: {
    message: 'The folder `{folder}` has neither `{file}` nor `spack.yaml`.',
    hint: 'Run the command in the folder of a stack, or name the pipeline with `--file`.',
    status: 404,
    exitCode: 2,
  },
  CLI_RUN_VARIABLE: {
    message: '`{text}` does not define a variable.',
    hint: 'Write `--variable NAME=value`.',
    status: 400,
    exitCode: 2,
  },
  CLI_RUN_SECRET_MISSING: {
    message: 'The variable `{name}` is not set in the environment.',
    hint: 'Export `{name}`, or write `--secret {name}=value`.',
    status: 400,
    exitCode: 2,
  },
  CLI_RUN_CONCURRENCY: {
    message: '`{text}` is not a valid number of jobs.',
    hint: 'Set `--concurrency` to a whole number of at least 1.',
    status: 400,
    exitCode: 2,
  },
  CLI_RUN_INCLUDES_LOCK: {
    message: '`{file}` cannot be read: {reason}.',
    hint: 'Restore the file, or delete it and accept the included texts again.',
    exitCode: 2,
  },
  CLI_RUN_FAILED: {
    message: 'The pipeline ended with status `{status}`{jobs}.',
    status: 500,
  },
  CLI_RUN_NOT_CREATED: {
    message: 'No pipeline was created: {reason}.',
    hint: 'Check `rules` and `workflow`. Use `--variable NAME=value` to set the variables that they read.',
  },
});
