import { defineErrors } from '../kit/index.ts';

export const cliError = defineErrors({
  CLI_UNKNOWN_COMMAND: {
    message: 'There is no command `{command}`',
    hint: 'Run `slipway --help` for the list of commands.',
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
  CLI_FILE_UNREADABLE: {
    message: 'The file `{file}` cannot be read: {reason}',
    hint: 'Check the path and its permissions.',
    status: 400,
    exitCode: 2,
  },
  CLI_TOKEN_MISSING: {
    message: 'There is no token: `{variable}` is not set',
    hint: 'Set it, or name a file that holds the token with `--token-file`.',
    status: 401,
    exitCode: 2,
  },
  CLI_JOB_MISSING: {
    message: 'The newest pipelines have no job `{job}`',
    hint: 'Name the job by its id, or as `slipway open` shows it.',
    status: 404,
    exitCode: 2,
  },
  CLI_SERVER_UNREACHABLE: {
    message: 'The server `{url}` does not answer: {reason}',
    hint: 'Check the address (`--url` or SLIPWAY_URL), and that the server runs.',
    status: 502,
    exitCode: 1,
  },
  CLI_SERVER_REFUSED: {
    message: '`{url}` answered {status}: {reason}',
    hint: 'Check the stack’s name, and the token against `triggerToken` in the server’s configuration.',
    status: 502,
    exitCode: 1,
  },
  CLI_PIPELINE_FAILED: {
    message: 'Pipeline {id} ended as {status}',
    hint: 'See {url}',
    status: 500,
    exitCode: 1,
  },
  CLI_NO_DATA: {
    message: 'There is no server data in `{folder}`',
    hint: 'Name the data folder with `--data`, or the configuration with `--config`.',
    status: 404,
    exitCode: 2,
  },
  CLI_DEMO_FAILED: {
    message: 'The demo stopped at {what}: {reason}',
    hint: 'Run it again with `--folder DIR` to look at logs and data afterwards.',
    status: 500,
    exitCode: 1,
  },
  CLI_FILE_EXISTS: {
    message: '`{file}` exists already; nothing was written',
    hint: 'Name another file, or move that one away first.',
    status: 409,
    exitCode: 2,
  },
  CLI_FILE_UNWRITABLE: {
    message: '`{file}` cannot be written: {reason}',
    hint: 'Check that the folder exists and who may write there.',
    status: 500,
    exitCode: 1,
  },
  CLI_MIRROR_FAULTY: {
    message: 'The mirror `{mirror}` has {count} faults',
    hint: 'The remedy stands below each of them.',
    status: 422,
    exitCode: 1,
  },
});
