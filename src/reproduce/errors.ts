import { defineErrors } from '../kit/index.ts';

export const reproduceError = defineErrors({
  REPRODUCE_BUNDLE_INVALID: {
    message: '`{folder}` holds no job that could be run again: {reason}',
    hint:
      'Name a job of a server, the artifacts of a build job (a zip file), or a folder that `slipway reproduce` ' +
      'made.',
    exitCode: 2,
  },
  REPRODUCE_FOLDER_IN_USE: {
    message: '`{folder}` already exists and does not hold this job.',
    hint: 'Name another folder with `--into`, or remove this one.',
    status: 409,
    exitCode: 2,
  },
  REPRODUCE_SOURCE_MISSING: {
    message: 'Commit {sha} is neither here nor at {remote}: {reason}',
    hint: 'Run it in a clone of the stack that has the commit, or name one with `--repository`.',
    status: 404,
    exitCode: 2,
  },
  REPRODUCE_SANDBOX_MISSING: {
    message: 'Job `{job}` cannot run here: no sandbox works on this machine ({reason})',
    hint:
      '{remedy} If you have read the code of the job and trust it, run it with `--sandbox never`; it can then read and ' +
      'change all that you can.',
    status: 501,
    exitCode: 2,
  },
  REPRODUCE_JOB_UNTRUSTED: {
    message: 'Job `{job}` runs the code of an outsider (pull request {request}), which never runs without a sandbox',
    hint: 'Leave out `--sandbox never`, or run it in its image by podman or docker.',
    status: 403,
    exitCode: 2,
  },
  REPRODUCE_JOB_NOT_RUN: {
    message: 'Job `{job}` has not ended: it is {status}',
    hint: 'Name a job that has ended; `slipway status` shows them.',
    status: 409,
    exitCode: 2,
  },
  REPRODUCE_SAME_FAILURE: {
    message: 'Job `{job}` fails here as it did there: exit status {here}{fact}',
    hint: 'Its files are in {folder}/project: change them, and run it again with `slipway reproduce {folder}`.',
    status: 500,
  },
  REPRODUCE_OTHER_FAILURE: {
    message: 'Job `{job}` fails differently here: {here}, there {there}',
    hint: 'Compare {folder}/log-here.txt with {folder}/log.txt: tools or variables of this machine may differ.',
    status: 500,
  },
});
