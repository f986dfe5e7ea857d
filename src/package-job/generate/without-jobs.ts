import { absentCompilers, type GeneratedPipeline, type StackRules } from '../../generate/index.ts';
import type { Lockfile } from '../../spack/index.ts';

/** How many packages a line names. */
const NAMED = 20;

/** Reports the packages and compilers that have no job although the stack names them. */
export function withoutJobs(
  lock: Lockfile,
  rules: StackRules | undefined,
  { unmatched }: Pick<GeneratedPipeline, 'unmatched'>,
): readonly string[] {
  const names = [...new Set(unmatched.map(({ name }) => name))];
  if (rules?.kind !== 'gitlab-ci') return unmatchedPackages(names);
  const absent = rules.bootstrap.flatMap((list) => {
    const specs = absentCompilers(lock, list).join(', ');
    const what = `The lock does not hold these compilers of \`${list.name}\`, which get no jobs`;
    return specs === '' ? [] : [`${what}: ${specs}. To have them, list \`$${list.name}\` in \`specs\`.`];
  });
  const mappings = rules.section.mappings.flatMap(({ match }) => match);
  return [...unmatchedPackages(names), ...(names.length === 0 ? [] : foreignSystems(lock, mappings)), ...absent];
}

function unmatchedPackages(names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  const more = names.length > NAMED ? `, and ${names.length - NAMED} more` : '';
  const listed = names.slice(0, NAMED).join(', ') + more;
  return [`No mapping of the stack matches these packages, which get no jobs: ${listed}.`];
}

/** Reports mappings for an operating system that no package of the lock is for: an old stack names an old system. */
function foreignSystems(lock: Lockfile, mappings: readonly string[]): readonly string[] {
  const own = new Set([...lock.nodes.values()].map(({ arch }) => arch.platform_os));
  const named = mappings.flatMap((text) => [...text.matchAll(/\bos=([\w.-]+)/g)].map(([, system = '']) => system));
  const foreign = [...new Set(named)].filter((system) => !own.has(system));
  if (foreign.length === 0) return [];
  const system = [...own].join(', ');
  return [`Mappings of \`os=${foreign.join('`, `os=')}\` match no package: the lock is for ${system}.`];
}
