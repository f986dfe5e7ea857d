import { defineErrors } from '../kit/index.ts';

export const packageJobError = defineErrors({
  PACKAGE_JOB_VARIABLE_MISSING: {
    message: 'The variable {variable} is not set',
    hint: '{remedy}',
    exitCode: 2,
  },
  PACKAGE_JOB_LOCK_MISSING: {
    message: 'There is no lock `{path}`',
    hint: 'The generate job leaves it as an artifact; check that this job needs it.',
    exitCode: 2,
  },
  PACKAGE_JOB_REBUILD_IMPOSSIBLE: {
    message: '{package} cannot be rebuilt: {reason}',
    // As `spack ci rebuild` ends.
  },
  PACKAGE_JOB_AGAINST_UNKNOWN: {
    message: '`{against}` is neither a commit of the repository of {folder} nor the file of a lock{output}',
    hint: 'Name a branch, tag or commit that is fetched here, or a `spack.lock`.',
    status: 400,
    exitCode: 2,
  },
  PACKAGE_JOB_PACKAGE_MISSING: {
    message: 'No package of the lock matches `{spec}`',
    hint: 'Run `slipway plan` for the packages that there are.',
    status: 404,
    exitCode: 2,
  },
  PACKAGE_JOB_LOCK_PARTS_MISSING: {
    message: 'Of the {parts} parts of the lock, these are not in {folder}: {missing}',
    hint: 'List the job that runs `slipway lock` in `needs` of this one, and its folder of parts in `artifacts:paths`.',
    exitCode: 2,
  },
  PACKAGE_JOB_LOCK_PARTS_NONE: {
    message: 'There are no parts of a lock in {folder}',
    hint: 'List the job that runs `slipway lock` in `needs` of this one, and its folder of parts in `artifacts:paths`.',
    exitCode: 2,
  },
  PACKAGE_JOB_LOCK_PARTS_MIXED: {
    message: 'The parts of the lock in {folder} do not belong together: `{one}` and `{other}`',
    hint: 'Remove the parts of earlier runs, and lock all parts with the same `parallel`.',
    exitCode: 2,
  },
  PACKAGE_JOB_LOCK_PART_INVALID: {
    message: '`{file}` is not a part of a lock: {fault}',
    hint: 'Lock the parts and join them with the same version of Slipway.',
    exitCode: 2,
  },
  PACKAGE_JOB_LOCK_PART_FOREIGN: {
    message: 'Part {part} of {parts} of the lock was made with other inputs than {other}: {facts}',
    hint: 'Run the jobs that lock and the job that generates at one commit, in the same image, on the same kind of runner.',
    exitCode: 2,
  },
  PACKAGE_JOB_LOCK_INPUTS_UNKNOWN: {
    message:
      'The lock of {environment} cannot be divided: what it includes from a URL or a repository cannot be compared',
    hint: 'Commit what is included, or let the generate job lock the environment alone.',
    exitCode: 2,
  },
  PACKAGE_JOB_TESTED_LOCK_WRONG: {
    message: 'What the server gives as {from} is not what it recorded',
    hint: 'Look whether its data folder is whole; `--no-tested-lock` makes a lock of your own',
    status: 502,
  },
  PACKAGE_JOB_SOURCES_NOT_SPACK: {
    message: 'The stack in `{folder}` is built from recipes of its own, not by Spack',
    hint: 'Mirrors of sources are for stacks of Spack; keep such sources in the repository (`source: { path: … }`).',
    exitCode: 2,
  },
  PACKAGE_JOB_SOURCES_MISSING: {
    message: 'The sources of {packages} could not be fetched; the mirror `{folder}` lacks them',
    hint: 'See the reasons above, and run the command again: it fetches only what the mirror lacks.',
  },
});
