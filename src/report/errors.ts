import { defineErrors } from '../kit/index.ts';

/** None of these ends a job: they are reported as warnings. */
export const reportError = defineErrors({
  CDASH_UNREACHABLE: {
    message: 'CDash `{url}` did not receive {what}: {reason}.',
    hint:
      'The job is not affected. Check `url` in the section `cdash` of `spack.yaml`, and that this machine can ' +
      'reach it. {kept}',
    status: 502,
  },
  CDASH_TOKEN_REFUSED: {
    message: 'CDash `{url}` refused the token for {what}: {reason}.',
    hint:
      'Set CDASH_AUTH_TOKEN or SPACK_CDASH_AUTH_TOKEN to a token that may submit to project `{project}`. ' +
      'Groups require a token of its administrators.',
    status: 502,
  },
  CDASH_REFUSED: {
    message: 'CDash `{url}` refused {what}: {reason}.',
    hint:
      'Check that project `{project}` exists there, and check `url` in the section `cdash` of `spack.yaml`. ' +
      '{kept}',
    status: 502,
  },
});
