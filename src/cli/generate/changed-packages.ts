import { isStackTouched, packagesAt } from '../../generate/index.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The packages whose recipes the change at hand touches, by the last commit of the project and of Spack's own clone.
 * Undefined where nothing can be left out for it: nobody asked (SPACK_PRUNE_UNTOUCHED), the stack itself changed, or git
 * does not tell.
 */
export async function changedPackages(env: Variables, project: string): Promise<ReadonlySet<string> | undefined> {
  if (env['SPACK_PRUNE_UNTOUCHED']?.toLowerCase() !== 'true') return undefined;
  const folders = [project, env['SPACK_ROOT'] ?? ''].filter((folder) => folder !== '');
  const base = env['CI_MERGE_REQUEST_DIFF_BASE_SHA'] ?? 'HEAD^';
  const paths = await Promise.all(folders.map((folder, index) => changedPaths(folder, index === 0 ? base : 'HEAD^')));
  const known = paths.filter((list) => list !== undefined).flat();
  if (paths[0] === undefined || isStackTouched(known)) return undefined;
  return packagesAt(known);
}

/** SPACK_PRUNE_UNTOUCHED_DEPENDENT_DEPTH; whatever is no number counts as none. */
export function dependentDepth(env: Variables): number | undefined {
  const depth = Number(env['SPACK_PRUNE_UNTOUCHED_DEPENDENT_DEPTH'] ?? NaN);
  return Number.isInteger(depth) ? depth : undefined;
}

async function changedPaths(folder: string, base: string): Promise<readonly string[] | undefined> {
  const { execa } = await import('execa');
  const { stdout, failed } = await execa('git', ['diff', '--name-only', '-z', base, 'HEAD'], {
    cwd: folder,
    reject: false,
  });
  return failed ? undefined : stdout.split('\0').filter((path) => path !== '');
}
