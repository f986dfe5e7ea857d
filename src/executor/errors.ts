import { defineErrors } from '../kit/index.ts';

export const runnerError = defineErrors({
  RUNNER_TOKEN_REFUSED: {
    message: 'The server `{url}` does not know this runner’s token',
    hint: 'Register the runner again, or take its token from the server’s configuration.',
    status: 403,
  },
  RUNNER_SERVER_ANSWER: {
    message: 'The server answered {status} to `{what}`',
    hint: 'See the server’s log.',
    status: 502,
  },
  RUNNER_SHELL_MISSING: {
    message: 'Neither `bash` nor `sh` is in `{path}`',
    hint: 'Install a shell, or set the PATH that the runner is given.',
    status: 500,
  },
  RUNNER_SESSION_STUCK: {
    message: 'The processes {pids} of a job do not end, not even by SIGKILL',
    hint: 'They probably wait for a disk; see `ps -o pid,stat,wchan`.',
    status: 500,
  },
  RUNNER_KEEPER_GONE: {
    message: 'The process that starts the shells of jobs has ended',
    hint: 'Another process killed it, or the machine is out of memory or processes; run the pipeline again.',
    status: 500,
  },
  RUNNER_LISTENING_FAILED: {
    message: 'The network of jobs cannot have the server’s address `{host}:{port}`: {fault}',
    hint: 'Use a port from 1024 on in `listen` of the server’s configuration, and in `baseUrl` where it has one.',
    status: 500,
  },
  RUNNER_CONTAINER_FAILED: {
    message: '{program} did not start `{image}`: {reason}',
    hint: 'Check that the image can be pulled from here, or run the job without it: `--container none`.',
    status: 502,
    exitCode: 2,
  },
  RUNNER_WORKSPACE_FAILED: {
    message: 'The workspace of a job cannot be made: {reason}',
    hint: 'See to the disk of the folder for temporary files, or run with `--in-place`.',
    status: 500,
  },
  RUNNER_ARCHIVE_UNSAFE: {
    message: 'The archive of job `{job}` has the entry `{entry}`, which {reason}',
    hint: 'Nothing of it was unpacked. Leave such files out of `artifacts:paths`.',
  },
  RUNNER_ARCHIVE_BROKEN: {
    message: 'The archive of job `{job}` cannot be unpacked: {reason}',
    hint: 'Run that job again.',
  },
  RUNNER_ARTIFACT_MISSING: {
    message: 'The artifacts of job `{job}` cannot be had: the server answered {status}',
    hint: 'They may have expired; run that job again.',
    status: 404,
  },
  RUNNER_ARTIFACT_HOLDS_SECRET: {
    message: 'Files contain the values of secret variables, so nothing was stored: {found}.',
    hint: 'Keep the value out of the file, or the file out of `artifacts:paths`. Replace the secret if others could read it.',
  },
  RUNNER_ARTIFACT_REFUSED: {
    message: 'The server answered {status} to the artifact `{name}`: {reason}',
    hint: 'A 413 means that it is too large: leave less in `artifacts:paths`.',
    status: 502,
  },
});
