import { defineErrors } from '../kit/index.ts';

export const protocolError = defineErrors({
  PROTOCOL_BODY_INVALID: {
    message: 'The body of `{request}` is not valid: {reason}.',
    hint: 'Compare the versions of server and runner.',
    status: 400,
  },
  PROTOCOL_RANGE_INVALID: {
    message: 'The header `{header}: {value}` is not a range of bytes.',
    hint: 'Send `<first>-<last>` in decimal digits.',
    status: 400,
  },
});
