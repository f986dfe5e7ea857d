import { defineErrors } from '../kit/index.ts';

export const protocolError = defineErrors({
  PROTOCOL_BODY_INVALID: {
    message: 'The body of `{request}` is not valid: {reason}.',
    hint: 'Use the same version of Slipway for the server and the runner.',
    status: 400,
  },
  PROTOCOL_RANGE_INVALID: {
    message: 'The header `{header}: {value}` is not a valid byte range.',
    hint: 'Send `<first>-<last>` in decimal digits.',
    status: 400,
  },
});
