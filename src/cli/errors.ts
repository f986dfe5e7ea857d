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
});
