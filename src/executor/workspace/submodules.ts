import { quoteForShell } from '../shells/shell.ts';

type Lookup = (name: string) => string | undefined;

/** Which submodules a job wants beside its sources: those of the project, or theirs as well. */
export type SubmoduleStrategy = 'normal' | 'recursive';

/**
 * `GIT_SUBMODULE_STRATEGY`; without a word, or with `none`, none:
 * https://docs.gitlab.com/ci/runners/configure_runners/#git-submodule-strategy
 */
export function submoduleStrategy(lookup: Lookup): SubmoduleStrategy | undefined {
  const strategy = lookup('GIT_SUBMODULE_STRATEGY');
  return strategy === 'normal' || strategy === 'recursive' ? strategy : undefined;
}

/** The commands that bring submodules into a checked-out project. */
export function submoduleCommands(lookup: Lookup): readonly string[] {
  const strategy = submoduleStrategy(lookup);
  if (strategy === undefined) return [];
  const deep = strategy === 'recursive' ? ['--recursive'] : [];
  const depth = lookup('GIT_SUBMODULE_DEPTH') ?? '';
  const shallow = /^[1-9]\d{0,8}$/.test(depth) ? ['--depth', depth] : [];
  const paths = (lookup('GIT_SUBMODULE_PATHS') ?? '').split(/\s+/).filter((path) => path !== '');
  const only = paths.length === 0 ? [] : ['--', ...paths];
  return [
    ['git', 'submodule', '--quiet', 'sync', ...deep, ...only],
    ['git', 'submodule', '--quiet', 'update', '--init', ...deep, ...shallow, ...only],
  ].map((words) => words.map(quoteForShell).join(' '));
}
