import { defineErrors } from '../kit/index.ts';

/** None of these ends a job: they are told as warnings. */
export const reportError = defineErrors({
  CDASH_UNREACHABLE: {
    message: 'CDash `{url}` got no report of {what}: {reason}',
    hint: 'The job is not touched by this. Check `url` in the section `cdash` of spack.yaml, and that this machine reaches it; {kept}',
    status: 502,
  },
  CDASH_TOKEN_REFUSED: {
    message: 'CDash `{url}` refuses {what}: {reason}',
    hint: 'Give the job a token of CDash that may submit to project `{project}` (CDASH_AUTH_TOKEN or SPACK_CDASH_AUTH_TOKEN); groups are made by tokens of its administrators.',
    status: 502,
  },
  CDASH_REFUSED: {
    message: 'CDash `{url}` refuses {what}: {reason}',
    hint: 'Check that project `{project}` exists there, and `url` in the section `cdash` of spack.yaml; {kept}',
    status: 502,
  },
});
