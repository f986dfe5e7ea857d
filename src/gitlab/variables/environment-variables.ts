import { createHash } from 'node:crypto';
import type { DeploymentEnvironment } from '../job-plan.ts';

/**
 * GitLab's pattern for each tier, tried in this order.
 * https://docs.gitlab.com/ci/environments/#deployment-tier-of-environments
 */
const TIERS = [
  ['development', /(dev|review|trunk)/i],
  ['testing', /(test|tst|int|ac(ce|)pt|qa|qc|control|quality)/i],
  ['staging', /(st(a|)g|mod(e|)l|pre|demo|non)/i],
  ['production', /(pr(o|)d|live)/i],
] as const;
const LONGEST_SLUG = 24;

/**
 * Returns the predefined variables of an environment; its address is not yet expanded.
 * https://docs.gitlab.com/ci/variables/predefined_variables/
 */
export function environmentVariables({
  name,
  url,
  action,
  deploymentTier,
}: DeploymentEnvironment): Readonly<Record<string, string>> {
  return {
    CI_ENVIRONMENT_NAME: name,
    CI_ENVIRONMENT_SLUG: slugOf(name),
    CI_ENVIRONMENT_ACTION: action,
    CI_ENVIRONMENT_TIER: deploymentTier ?? TIERS.find(([, pattern]) => pattern.test(name))?.[0] ?? 'other',
    ...(url === undefined ? {} : { CI_ENVIRONMENT_URL: url }),
  };
}

/**
 * Returns a slug for host names: it begins with a letter, and ends with a part of a digest if it differs from the name.
 */
function slugOf(name: string): string {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '-');
  const lettered = /^[a-z]/.test(plain) ? plain : `env-${plain}`;
  const slug = lettered.replaceAll(/-+/g, '-');
  if (slug === name && slug.length <= LONGEST_SLUG) return slug.replace(/-$/, '');
  const suffix = BigInt(`0x${createHash('sha256').update(name).digest('hex')}`)
    .toString(36)
    .slice(-6);
  const head = slug.slice(0, LONGEST_SLUG - suffix.length - 1);
  return `${head}${head.endsWith('-') ? '' : '-'}${suffix}`;
}
