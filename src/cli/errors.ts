import { defineErrors } from '../kit/index.ts';

export const cliError = defineErrors({
  CLI_UNKNOWN_COMMAND: {
    message: 'There is no command `{command}`.',
    hint: 'Run `{program} --help` to list the commands.',
    status: 400,
    exitCode: 2,
  },
  CLI_USAGE: {
    message: '{message}.',
    hint: 'Run `{program} --help` to see the arguments and options.',
    status: 400,
    exitCode: 2,
  },
  CLI_PARTS_MISSING: {
    message: 'This machine lacks parts that Slipway needs: {parts}.',
    hint: 'Follow the remedy below each missing part.',
    status: 500,
  },
  CLI_TOKEN_MISSING: {
    message: 'There is no token, because `{variable}` is not set.',
    hint: 'Set `{variable}`, or name a file that contains the token with `--token-file`.',
    status: 401,
    exitCode: 2,
  },
  CLI_PIPELINE_FAILED: {
    message: 'Pipeline {id} ended with status `{status}`.',
    hint: 'Open {url} to see its jobs.',
    status: 500,
  },
  CLI_PERMISSION_DENIED: {
    message: 'Permission denied: `{path}` ({reason}).',
    hint: 'Check the permissions and whether the file system is read-only, or name another path.',
    status: 500,
  },
  CLI_INSTALL_MIRROR_MISSING: {
    message: 'No mirror is configured to install from.',
    hint: 'Add `--mirror`, or set SLIPWAY_MIRROR.',
    exitCode: 2,
  },
  CLI_INSTALL_FOLDER_MISSING: {
    message: 'No folder to install to is given.',
    hint: 'Add `--prefix DIR` for one package, or `--root DIR` for an install tree.',
    exitCode: 2,
  },
  CLI_PRUNE_UNCONFIRMED: {
    message: 'Nothing was removed from {mirror}: {removed} packages would be removed and {kept} kept.',
    hint: 'Check `--lock`, `--ref` and `--days`, which select what is kept. Add `--yes` to remove the rest.',
    status: 409,
    exitCode: 2,
  },
  CLI_FIX_UNCONFIRMED: {
    message: '{part} can be installed, but there is no terminal to ask on.',
    hint: 'Add `--yes` to install it without asking.',
    exitCode: 2,
  },
  CLI_IMAGE_COMMAND_MISSING: {
    message: 'Image {image} names no command to run.',
    hint: 'Add a command after the name of the image, or set `config.cmd` in slipway.yaml.',
    exitCode: 2,
  },
  CLI_IMAGE_NOT_PUBLISHED: {
    message: 'Image {image} was not published within {waited}: {reason}.',
    hint: 'Check with `slipway status` how far its pipeline is, or wait longer with `--timeout`.',
    status: 504,
  },
  CLI_SERVERS_INVALID: {
    message: 'The servers of `slipway login` cannot be read from `{file}`: {reason}.',
    hint: 'Remove the file, and run `slipway login` again.',
    exitCode: 2,
  },
  CLI_LOGIN_REFUSED: {
    message: 'The server `{url}` does not know this token.',
    hint: 'Create a token with `slipway token create` where the server runs, or ask its operator for one.',
    status: 401,
  },
  CLI_LOGIN_TOKEN_MISSING: {
    message: 'There is no token for `{url}`: standard input is empty.',
    hint: 'Run `slipway login` on a terminal, or send a token to its standard input.',
    exitCode: 2,
  },
  CLI_LOGIN_UNKNOWN: {
    message: '`slipway login` has not stored {server}.',
    hint: 'Run `slipway login --list` for the servers that it has stored.',
    exitCode: 2,
  },
  CLI_UNCONFIRMED: {
    message: 'Nothing was changed, because {reason}. The question was: {what}?',
    hint: 'Add `--yes` to do it without confirmation.',
    status: 409,
    exitCode: 2,
  },
  CLI_OUTPUT_FAILED: {
    message: 'Standard output cannot be written: {reason}.',
    hint: 'Free space on the disk that the output goes to, or redirect the output.',
    status: 500,
  },
});
