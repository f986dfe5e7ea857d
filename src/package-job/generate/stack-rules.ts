import {
  queryMappings,
  readCiSection,
  readLegacySection,
  type StackFiles,
  type StackRules,
} from '../../generate/index.ts';
import type { ProcessVariables } from '../../kit/index.ts';
import type { Lockfile } from '../../spack/index.ts';

interface RulesRequest {
  readonly lock: Lockfile;
  readonly env: ProcessVariables;
  /** Beginnings of the endpoints that dynamic mappings may query. */
  readonly endpoints: readonly string[];
  readonly warn: (message: string) => void;
}

/**
 * Reads the rules of a stack's `ci:` (or old `gitlab-ci:`) section and queries its dynamic mappings; undefined if there
 * is no such section.
 */
export async function stackRulesOf(
  { ci, gitlabCi, environment }: StackFiles,
  { lock, env, endpoints, warn }: RulesRequest,
): Promise<StackRules | undefined> {
  if (ci !== undefined) {
    const section = readCiSection(ci);
    for (const { key, hint } of section.misspelt) warn(`Key \`ci.${key}\` of spack.yaml has no effect. ${hint}`);
    const skip = env['SPACK_CI_SKIP_DYNAMIC_MAPPING'];
    return { kind: 'ci', section, answers: await queryMappings(section.rules, lock, { endpoints, skip, warn }) };
  }
  if (gitlabCi === undefined) return undefined;
  const section = readLegacySection(gitlabCi);
  const bootstrap = section.bootstrap.map((name) => ({
    name,
    specs: (environment.definitions.get(name) ?? []).flatMap((item) => ('text' in item ? [item.text] : [])),
  }));
  return { kind: 'gitlab-ci', section, bootstrap };
}
