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
