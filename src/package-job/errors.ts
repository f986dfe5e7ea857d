import { defineErrors } from '../kit/index.ts';

export const packageJobError = defineErrors({
  PACKAGE_JOB_VARIABLE_MISSING: {
    message: 'The variable {variable} is not set.',
    hint: '{remedy}',
    exitCode: 2,
  },
  PACKAGE_JOB_LOCK_MISSING: {
    message: 'There is no lock file `{path}`.',
    hint: 'Check that this job lists the generate job in `needs`, which keeps the lock as an artifact.',
    exitCode: 2,
  },
  PACKAGE_JOB_REBUILD_IMPOSSIBLE: {
    message: '{package} cannot be rebuilt: {reason}.',
    // As `spack ci rebuild` ends.
  },
  PACKAGE_JOB_REBUILD_UNKNOWN: {
    message: 'SLIPWAY_REBUILD names `{package}`, which the lock does not build.',
    hint: 'Use the name of a package of the lock.',
    exitCode: 2,
  },
  PACKAGE_JOB_AGAINST_UNKNOWN: {
    message: '`{against}` is neither a commit of the repository in {folder} nor a lock file.{output}',
    hint: 'Name a branch, tag or commit that is fetched here, or a `spack.lock`.',
    status: 400,
    exitCode: 2,
  },
  PACKAGE_JOB_PACKAGE_MISSING: {
    message: 'No package of the lock matches `{spec}`.',
    hint: 'Run `slipway plan` to list the packages.',
    status: 404,
    exitCode: 2,
  },
  PACKAGE_JOB_LOCK_PARTS_MISSING: {
    message: '{folder} lacks these of the {parts} parts of the lock: {missing}.',
    hint:
      'List the job that runs `slipway lock` in `needs` of this job, and its folder of parts in ' +
      '`artifacts:paths`.',
    exitCode: 2,
  },
  PACKAGE_JOB_LOCK_PARTS_NONE: {
    message: 'There are no parts of a lock in {folder}.',
    hint:
      'List the job that runs `slipway lock` in `needs` of this job, and its folder of parts in ' +
      '`artifacts:paths`.',
    exitCode: 2,
  },
  PACKAGE_JOB_LOCK_PARTS_MIXED: {
    message: 'The parts `{one}` and `{other}` of the lock in {folder} do not belong together.',
    hint: 'Remove the parts of earlier runs, and lock all parts with the same value of `parallel`.',
    exitCode: 2,
  },
  PACKAGE_JOB_LOCK_PART_INVALID: {
    message: '`{file}` is not a part of a lock: {fault}.',
    hint: 'Lock the parts and join them with the same version of Slipway.',
    exitCode: 2,
  },
  PACKAGE_JOB_LOCK_PART_FOREIGN: {
    message: 'Part {part} of {parts} of the lock was made with other inputs than {other}: {facts}.',
    hint: 'Run the jobs that lock and the job that generates at one commit, in the same image, on the same kind of runner.',
    exitCode: 2,
  },
  PACKAGE_JOB_LOCK_INPUTS_UNKNOWN: {
    message:
      'The lock of {environment} cannot be divided, because files that it includes from a URL or a repository ' +
      'cannot be compared.',
    hint: 'Commit the included files, or let the generate job lock the whole environment.',
    exitCode: 2,
  },
  PACKAGE_JOB_TESTED_LOCK_WRONG: {
    message: 'The lock of {from} that the server sent differs from the one it recorded.',
    hint: 'Check the data folder of the server, or use `--no-tested-lock` to create a new lock.',
    status: 502,
  },
  PACKAGE_JOB_SOURCES_NOT_SPACK: {
    message: 'The stack in `{folder}` is built from recipes, not by Spack.',
    hint:
      'Use source mirrors only for stacks of Spack. Commit the sources of recipes to the repository (`source: ' +
      '{ path: … }`).',
    exitCode: 2,
  },
  PACKAGE_JOB_SOURCES_MISSING: {
    message: 'The sources of {packages} could not be fetched, so the mirror `{folder}` does not have them.',
    hint: 'Read the reasons above, and run the command again. It fetches only missing sources.',
  },
});
