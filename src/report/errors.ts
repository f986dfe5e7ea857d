import { defineErrors } from '../kit/index.ts';

/** None of these ends a job: they are reported as warnings. */
export const reportError = defineErrors({
  CDASH_UNREACHABLE: {
    message: 'CDash `{url}` got no report of {what}: {reason}',
    hint:
      'The job is not affected. Check `url` in the section `cdash` of spack.yaml, and that this machine reaches it; ' +
      '{kept}',
    status: 502,
  },
  CDASH_TOKEN_REFUSED: {
    message: 'CDash `{url}` refuses {what}: {reason}',
    hint:
      'Set CDASH_AUTH_TOKEN or SPACK_CDASH_AUTH_TOKEN to a token that may submit to project `{project}`; ' +
      'groups require a token of its administrators.',
    status: 502,
  },
  CDASH_REFUSED: {
    message: 'CDash `{url}` refuses {what}: {reason}',
    hint: 'Check that project `{project}` exists there, and `url` in the section `cdash` of spack.yaml; {kept}',
    status: 502,
  },
});
