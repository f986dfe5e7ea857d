import { join, relative } from 'node:path';
import { isStackTouched, packagesAt, type StackScope } from '../../generate/index.ts';
import { attemptProgram, messageOf, type ProcessVariables } from '../../kit/index.ts';
import type { PackageJobContext } from '../package-job-context.ts';

type GitContext = Pick<PackageJobContext, 'env' | 'signal' | 'note'>;

/**
 * Returns the packages whose recipes the change at hand touches, by the last commit of the project and of Spack's own
 * clone. What a shallow clone of the project lacks is fetched. Undefined if nothing can be left out, with a note of the
 * reason: the stack itself or its configuration changed, no recipe did, or git does not know the commit before. Also
 * undefined without SPACK_PRUNE_UNTOUCHED.
 */
export async function changedPackages(
  context: GitContext,
  project: string,
  scopes: readonly StackScope[],
): Promise<ReadonlySet<string> | undefined> {
  const { env, note } = context;
  if (env['SPACK_PRUNE_UNTOUCHED']?.toLowerCase() !== 'true') return undefined;
  const nothing = (reason: string) => note(`SPACK_PRUNE_UNTOUCHED leaves nothing out: ${reason}.`);
  const git = gitIn(project, context);
  const base = env['CI_MERGE_REQUEST_DIFF_BASE_SHA'] || 'HEAD^';
  const own = await changedPaths(git, base, (reason) => nothing(`${base} cannot be compared with HEAD (${reason})`));
  if (own === undefined) return undefined;
  const prefix = (await git(['rev-parse', '--show-prefix'])).text;
  const folders = scopes.map(({ path }) => join(prefix, relative(project, path)));
  const isTouched = isStackTouched(own, folders);
  const packages = isTouched ? new Set<string>() : packagesAt([...own, ...(await changedInSpack(context))]);
  if (packages.size > 0) return packages;
  nothing(isTouched ? 'the change touches the stack or its configuration' : 'the change touches no recipe');
  return undefined;
}

/** Reads SPACK_PRUNE_UNTOUCHED_DEPENDENT_DEPTH; a value that is not a number counts as none. */
export function dependentDepth(env: ProcessVariables): number | undefined {
  const text = env['SPACK_PRUNE_UNTOUCHED_DEPENDENT_DEPTH'] ?? '';
  return /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : undefined;
}

interface GitAnswer {
  readonly isSuccess: boolean;
  /** Of standard output, without the newline at its end. */
  readonly text: string;
  readonly reason: string;
}

type Git = (words: readonly string[]) => Promise<GitAnswer>;

function gitIn(folder: string, { env, signal }: GitContext): Git {
  return async (words) => {
    try {
      return await attemptProgram('git', ['-C', folder, ...words], { env, signal });
    } catch (error) {
      signal.throwIfAborted();
      return { isSuccess: false, text: '', reason: messageOf(error) };
    }
  };
}

/** Spack's clone is shared and may be read-only, so that nothing is fetched into it. */
async function changedInSpack(context: GitContext): Promise<readonly string[]> {
  const root = context.env['SPACK_ROOT'] ?? '';
  if (root === '') return [];
  const git = gitIn(root, context);
  const paths = await diff(git, 'HEAD^');
  if (paths === undefined && (await isShallow(git)))
    context.note(`What the last commit of ${root} changes is unknown: the clone is shallow, and counts as unchanged.`);
  return paths ?? [];
}

async function changedPaths(
  git: Git,
  base: string,
  fail: (reason: string) => void,
): Promise<readonly string[] | undefined> {
  const known = await diff(git, base);
  if (known !== undefined) return known;
  const reason = await fetchBase(git, base);
  const fetched = reason === undefined ? await diff(git, base) : undefined;
  if (fetched === undefined) fail(reason ?? 'there is no such commit');
  return fetched;
}

/** Fetches the commit to compare with into a shallow clone; returns why that is impossible. */
async function fetchBase(git: Git, base: string): Promise<string | undefined> {
  const head = await git(['rev-parse', '--verify', 'HEAD']);
  if (!head.isSuccess) return head.reason;
  if (!(await isShallow(git))) return 'there is no such commit';
  const options = base === 'HEAD^' ? ['--depth=2', 'origin', head.text] : ['--depth=1', 'origin', base];
  const { isSuccess, reason } = await git(['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', ...options]);
  return isSuccess ? undefined : `the clone is shallow, and it cannot be fetched: ${reason}; set GIT_DEPTH to 0`;
}

async function isShallow(git: Git): Promise<boolean> {
  return (await git(['rev-parse', '--is-shallow-repository'])).text === 'true';
}

async function diff(git: Git, base: string): Promise<readonly string[] | undefined> {
  const { isSuccess, text } = await git(['diff', '--name-only', '-z', base, 'HEAD', '--']);
  return isSuccess ? text.split('\0').filter((path) => path !== '') : undefined;
}
