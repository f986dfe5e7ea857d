import { defineErrors } from '../kit/index.ts';

export const cliError = defineErrors({
  CLI_UNKNOWN_COMMAND: {
    message: 'There is no command `{command}`',
    hint: 'Run `{program} --help` for the list of commands.',
    status: 400,
    exitCode: 2,
  },
  CLI_USAGE: {
    message: '{message}',
    hint: 'Run `{program} --help` for its arguments and options.',
    status: 400,
    exitCode: 2,
  },
  CLI_PARTS_MISSING: {
    message: 'This machine lacks what Slipway needs: {parts}',
    hint: 'The remedy stands below each part that is missing.',
    status: 500,
    exitCode: 1,
  },
  CLI_TOKEN_MISSING: {
    message: 'There is no token: `{variable}` is not set',
    hint: 'Set it, or name a file that holds the token with `--token-file`.',
    status: 401,
    exitCode: 2,
  },
  CLI_PIPELINE_FAILED: {
    message: 'Pipeline {id} ended as {status}',
    hint: 'See {url}',
    status: 500,
    exitCode: 1,
  },
  CLI_CHILD_MISSING: {
    message: 'Job `{job}` includes `{file}`, which is not in {from}',
    hint: 'Check `trigger:include`, and the `artifacts:paths` of the job that makes the file.',
    status: 422,
    exitCode: 1,
  },
  CLI_CHILD_FOREIGN: {
    message: 'Job `{job}` includes a file that is not of this repository',
    hint: 'Only `local` files and artifacts can be included by `trigger` here.',
    status: 422,
    exitCode: 1,
  },
  CLI_RUN_JOB_MISSING: {
    message: 'The pipeline has no job `{job}`',
    hint: '{remedy}',
    status: 404,
    exitCode: 2,
  },
  CLI_RUN_NOTHING: {
    message: '`{folder}` has neither `{file}` nor a `spack.yaml`',
    hint: 'Run it in the folder of a stack, or name the pipeline with `--file`.',
    status: 404,
    exitCode: 2,
  },
  CLI_RUN_VARIABLE: {
    message: '`{text}` is no variable',
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
    message: '`{text}` is no number of jobs',
    hint: 'Give `--concurrency` a whole number from 1.',
    status: 400,
    exitCode: 2,
  },
  CLI_RUN_FAILED: {
    message: 'The pipeline ended as {status}{jobs}',
    status: 500,
    exitCode: 1,
  },
  CLI_RUN_NOT_CREATED: {
    message: 'There is no pipeline to run: {reason}',
    hint: 'See `rules` and `workflow`; `--variable` can set what they look at.',
    status: 422,
    exitCode: 1,
  },
  CLI_PLACE_REFUSED: {
    message: '`{path}` may not be used: {reason}',
    hint: 'Check who may read and write there, and whether the file system is read-only; options or variables name another place.',
    status: 500,
    exitCode: 1,
  },
  CLI_INSTALL_MIRROR_MISSING: {
    message: 'No mirror to install from was named',
    hint: 'Give --mirror, or set SLIPWAY_MIRROR',
    status: 422,
    exitCode: 2,
  },
  CLI_INSTALL_FOLDER_MISSING: {
    message: 'No folder to install to was named',
    hint: 'Give --prefix for one package, or --root for an install tree',
    status: 422,
    exitCode: 2,
  },
  CLI_PRUNE_UNCONFIRMED: {
    message: 'Nothing was removed from {mirror}: {removed} packages would go and {kept} stay.',
    hint: 'Check `--lock`, `--ref` and `--days`, which say what to keep. If this is what you want, add `--yes`.',
    status: 409,
    exitCode: 2,
  },
  CLI_OUTPUT_FAILED: {
    message: 'Standard output cannot be written: {reason}.',
    hint: 'Free space on the disk that the output goes to, or send it elsewhere.',
    status: 500,
    exitCode: 1,
  },
});
