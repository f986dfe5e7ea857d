import { defineErrors } from '../kit/index.ts';

export const protocolError = defineErrors({
  PROTOCOL_BODY_INVALID: {
    message: 'The body of `{place}` is not what the protocol says: {reason}',
    hint: 'Compare the versions of the two sides.',
    status: 400,
  },
  PROTOCOL_RANGE_INVALID: {
    message: 'The header `{header}: {value}` is not a range of bytes',
    hint: 'It reads `<first>-<last>`, in decimal digits.',
    status: 400,
  },
});
