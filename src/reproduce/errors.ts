import { defineErrors } from '../kit/index.ts';

export const reproduceError = defineErrors({
  REPRODUCE_BUNDLE_INVALID: {
    message: '`{folder}` does not contain a job that can be run again: {reason}.',
    hint:
      'Name a job of a server, the artifacts of a build job (a zip file), or a folder that `slipway reproduce` ' +
      'created.',
    exitCode: 2,
  },
  REPRODUCE_FOLDER_IN_USE: {
    message: 'The folder `{folder}` already exists and does not contain this job.',
    hint: 'Name another folder with `--into`, or remove this one.',
    status: 409,
    exitCode: 2,
  },
  REPRODUCE_SOURCE_MISSING: {
    message: 'Commit {sha} is neither on this machine nor at {remote}: {reason}.',
    hint: 'Run the command in a clone of the stack that has the commit, or name such a clone with `--repository`.',
    status: 404,
    exitCode: 2,
  },
  REPRODUCE_SANDBOX_MISSING: {
    message: 'Job `{job}` cannot run, because no sandbox works on this machine ({reason}).',
    hint:
      '{remedy} If you trust the code of the job, run it with `--sandbox never`; it can then read and change ' +
      'everything that you can.',
    status: 501,
    exitCode: 2,
  },
  REPRODUCE_JOB_UNTRUSTED: {
    message: 'Job `{job}` runs code of a fork (pull request {request}), which never runs without a sandbox.',
    hint: 'Remove `--sandbox never`, or run the job in its image with podman or docker.',
    status: 403,
    exitCode: 2,
  },
  REPRODUCE_JOB_NOT_RUN: {
    message: 'Job `{job}` has not ended; its status is `{status}`.',
    hint: 'Name a job that has ended. Run `slipway status` to list them.',
    status: 409,
    exitCode: 2,
  },
  REPRODUCE_SAME_FAILURE: {
    message: 'Job `{job}` fails here as it did on the server: exit status {here}{fact}.',
    hint: 'Change its files in {folder}/project, and run it again with `slipway reproduce {folder}`.',
    status: 500,
  },
  REPRODUCE_OTHER_FAILURE: {
    message: 'Job `{job}` fails differently here: {here}, on the server {there}.',
    hint: 'Compare {folder}/log-here.txt with {folder}/log.txt. Programs or variables of this machine may differ.',
    status: 500,
  },
});
