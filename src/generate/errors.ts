import { defineErrors } from '../kit/index.ts';

export const generateError = defineErrors({
  GENERATE_KEYS_MISSING: {
    message: 'The mirror {mirror} must hold signed entries, but no key is trusted',
    hint: 'Give the public keys in SLIPWAY_TRUSTED_KEYS.',
    status: 422,
    exitCode: 2,
  },
  GENERATE_VARIABLE_MISSING: {
    message: 'The variable {variable} is not set',
    hint: '{remedy}',
    status: 422,
    exitCode: 2,
  },
  GENERATE_LOCK_MISSING: {
    message: 'There is no lock `{path}`',
    hint: 'The generate job leaves it as an artifact; check that this job needs it.',
    status: 422,
    exitCode: 2,
  },
});
