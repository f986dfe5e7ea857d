import type { JobImage } from '../../protocol/index.ts';

/**
 * Returns the host names by which a job reaches a service: those of its image and its aliases.
 * https://docs.gitlab.com/ci/services/#accessing-the-services
 */
export function serviceAliases({ name, alias }: Pick<JobImage, 'name' | 'alias'>): readonly string[] {
  const withoutDigest = name.replace(/@.*$/, '');
  const withoutTag = withoutDigest.replace(/:[^:/]*$/, '');
  const path = withoutTag.replace(/^([^/]*):\d+(?=\/)/, '$1');
  const own = [path.replaceAll('/', '__'), path.replaceAll('/', '-')];
  const given = (alias ?? '').split(/[\s,]+/);
  return [...new Set([...given, ...own])].filter((one) => /^[\w][\w.-]*$/.test(one));
}
