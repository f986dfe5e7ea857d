import { join, relative } from 'node:path';
import { isStackTouched, packagesAt, type StackScope } from '../../generate/index.ts';
import { readGit, type ProcessVariables } from '../../kit/index.ts';

/**
 * Returns the packages whose recipes the change at hand touches, by the last commit of the project and of Spack's own
 * clone. Undefined if nothing can be left out: SPACK_PRUNE_UNTOUCHED is not set, the stack itself or its configuration
 * changed, no recipe did, or git fails.
 */
export async function changedPackages(
  env: ProcessVariables,
  project: string,
  scopes: readonly StackScope[],
): Promise<ReadonlySet<string> | undefined> {
  if (env['SPACK_PRUNE_UNTOUCHED']?.toLowerCase() !== 'true') return undefined;
  const own = await changedPaths(project, env['CI_MERGE_REQUEST_DIFF_BASE_SHA'] ?? 'HEAD^');
  if (own === undefined) return undefined;
  const prefix = await readGit(project, ['rev-parse', '--show-prefix']);
  const folders = scopes.map(({ path }) => join(prefix?.trim() ?? '', relative(project, path)));
  if (isStackTouched(own, folders)) return undefined;
  const root = env['SPACK_ROOT'] ?? '';
  const spack = root === '' ? undefined : await changedPaths(root, 'HEAD^');
  const packages = packagesAt([...own, ...(spack ?? [])]);
  return packages.size === 0 ? undefined : packages;
}

/** Reads SPACK_PRUNE_UNTOUCHED_DEPENDENT_DEPTH; a value that is not a number counts as none. */
export function dependentDepth(env: ProcessVariables): number | undefined {
  const text = env['SPACK_PRUNE_UNTOUCHED_DEPENDENT_DEPTH'] ?? '';
  return /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : undefined;
}

async function changedPaths(folder: string, base: string): Promise<readonly string[] | undefined> {
  const text = await readGit(folder, ['diff', '--name-only', '-z', base, 'HEAD']);
  return text?.split('\0').filter((path) => path !== '');
}
