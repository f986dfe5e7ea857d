import { Secret, type NamedSecrets } from '../kit/index.ts';
import type { JobResponse } from '../protocol/index.ts';

/**
 * Returns the values that neither the log nor the files of a job may contain: its masked variables and its token. A
 * name comes twice if a later variable replaces an earlier one.
 */
export function secretsOf({ token, variables }: Pick<JobResponse, 'token' | 'variables'>): NamedSecrets {
  const masked = variables.filter((one) => one.masked === true);
  return [['CI_JOB_TOKEN', token] as const, ...masked.map(({ key, value }) => [key, value] as const)].map(
    ([name, value]) => [name, new Secret(value)] as const,
  );
}
