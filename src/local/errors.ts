import { defineErrors } from '../kit/index.ts';

export const localError = defineErrors({
  CLI_RUN_JOB_MISSING: {
    message: 'The pipeline has no job `{job}`',
    hint: '{remedy}',
    status: 404,
    exitCode: 2,
  },
  CLI_RUN_SANDBOX_MISSING: {
    message: 'No sandbox works on this machine ({reason})',
    hint: '{remedy}',
    status: 501,
    exitCode: 2,
  },
  CLI_RUN_NOTHING: {
    message: '`{folder}` has neither `{file}` nor a `spack.yaml`',
    hint: 'Run it in the folder of a stack, or name the pipeline with `--file`.',
    status: 404,
    exitCode: 2,
  },
  CLI_RUN_VARIABLE: {
    message: '`{text}` is not a variable',
    hint: 'Write `--variable NAME=value`.',
    status: 400,
    exitCode: 2,
  },
  CLI_RUN_SECRET_MISSING: {
    message: 'The environment has no `{name}`',
    hint: 'Export it, or write `--secret NAME=value`.',
    status: 400,
    exitCode: 2,
  },
  CLI_RUN_CONCURRENCY: {
    message: '`{text}` is not a number of jobs',
    hint: 'Set `--concurrency` to a whole number from 1.',
    status: 400,
    exitCode: 2,
  },
  CLI_RUN_FAILED: {
    message: 'The pipeline ended as {status}{jobs}',
    status: 500,
  },
  CLI_RUN_NOT_CREATED: {
    message: 'There is no pipeline to run: {reason}',
    hint: 'See `rules` and `workflow`; `--variable` sets the variables that they read.',
  },
});
