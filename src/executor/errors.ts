import { defineErrors } from '../kit/index.ts';

export const runnerError = defineErrors({
  RUNNER_TOKEN_REFUSED: {
    message: 'The server `{url}` does not know the token of this runner.',
    hint: 'Register the runner again, or copy its token from `runners` in the configuration of the server.',
    status: 403,
  },
  RUNNER_NO_SANDBOX: {
    message: 'No sandbox for jobs works on this machine: {reason}.',
    hint: '{remedy} Or run trusted jobs without one (`--sandbox never`).',
    status: 500,
  },
  RUNNER_SERVER_ANSWER: {
    message: 'The server answered `{what}` with status {status}.',
    hint: 'Read the log of the server for the reason.',
    status: 502,
  },
  RUNNER_SHELL_MISSING: {
    message: 'Neither `bash` nor `sh` is on the PATH `{path}`.',
    hint: 'Install a shell, or set the PATH of the runner.',
    status: 500,
  },
  RUNNER_SESSION_STUCK: {
    message: 'The processes {pids} of a job do not end, even after SIGKILL.',
    hint: 'They probably wait for a disk. Run `ps -o pid,stat,wchan` to see what for.',
    status: 500,
  },
  RUNNER_KEEPER_GONE: {
    message: 'The process that starts the shells of jobs has ended.',
    hint:
      'Check whether it was killed, or whether the machine is out of memory or processes. Then run the ' +
      'pipeline again.',
    status: 500,
  },
  RUNNER_LISTENING_FAILED: {
    message: 'The address `{host}:{port}` of the server cannot be used in the network of jobs: {fault}.',
    hint: 'Use a port of 1024 or higher in `listen` of the server configuration, and in `baseUrl` if it is set.',
    status: 500,
  },
  RUNNER_CONTAINER_FAILED: {
    message: '{program} could not start the image `{image}`: {reason}.',
    hint: 'Check that {program} runs containers on this machine, and that the image has a shell.',
    status: 502,
    exitCode: 2,
  },
  RUNNER_IMAGE_UNAVAILABLE: {
    message: 'The image `{image}` cannot be used: {reason}.',
    hint: 'Check the name, the credentials in `DOCKER_AUTH_CONFIG`, and that jobs may reach its registry.',
    status: 502,
    exitCode: 2,
  },
  RUNNER_WORKSPACE_FAILED: {
    message: 'The workspace of a job cannot be created: {reason}.',
    hint: 'Check the disk of the folder for temporary files, or run with `--in-place`.',
    status: 500,
  },
  RUNNER_MEMORY_EXCEEDED: {
    message: 'The job was ended at its limit of {limit} of memory: it used {used}.',
    hint: "Raise `limits.memory` of the runner in the server's configuration, or let the job use less.",
  },
  RUNNER_PROCESSES_EXCEEDED: {
    message: 'The job was ended at its limit of {limit} of processes and threads: it used {used}.',
    hint: "Raise `limits.processes` of the runner in the server's configuration, or let the job use less.",
  },
  RUNNER_DISK_EXCEEDED: {
    message: 'The job was ended at its limit of {limit} of disk: it used {used}.',
    hint: "Raise `limits.disk` of the runner in the server's configuration, or let the job use less.",
  },
  RUNNER_ARCHIVE_UNSAFE: {
    message: 'The archive of job `{job}` contains the entry `{entry}`, which {reason}.',
    hint: 'Nothing was unpacked. Exclude such files from `artifacts:paths`.',
  },
  RUNNER_ARCHIVE_BROKEN: {
    message: 'The archive of job `{job}` cannot be unpacked: {reason}.',
    hint: 'Run job `{job}` again.',
  },
  RUNNER_ARTIFACT_MISSING: {
    message: 'The artifacts of job `{job}` cannot be downloaded: the server answered with status {status}.',
    hint: 'They may have expired. Run job `{job}` again.',
    status: 404,
  },
  RUNNER_ARTIFACT_HOLDS_SECRET: {
    message: 'Files contain the values of secret variables, so nothing was stored: {found}.',
    hint: 'Keep the value out of the file, or the file out of `artifacts:paths`. Replace the secret if others could read it.',
  },
  RUNNER_ARTIFACT_REFUSED: {
    message: 'The server refused the artifact `{name}` with status {status}: {reason}.',
    hint: 'If the status is 413, the artifact is too large: name fewer files in `artifacts:paths`.',
    status: 502,
  },
});
