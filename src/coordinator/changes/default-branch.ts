import type { SlipwayError } from '../../kit/index.ts';
import { coordinatorError } from '../errors.ts';
import type { StackConfiguration } from '../configuration/stack-configuration.ts';

const MOST_NAMED = 10;

/** Returns the names of the branches among refs. */
export function branchesIn(refs: ReadonlyMap<string, string>): readonly string[] {
  return [...refs.keys()].flatMap((ref) => /^refs\/heads\/(.+)$/.exec(ref)?.[1] ?? []);
}

/**
 * Why nothing runs in a stack whose default branch is not at the remote; undefined if it is, or nothing is known yet.
 */
export function defaultBranchProblem(
  { name: stack, defaultBranch: branch }: Pick<StackConfiguration, 'name' | 'defaultBranch'>,
  refs: ReadonlyMap<string, string>,
): SlipwayError | undefined {
  const branches = branchesIn(refs);
  if (branches.length === 0 || branches.includes(branch)) return undefined;
  const named = branches.slice(0, MOST_NAMED).join(', ') + (branches.length > MOST_NAMED ? ', …' : '');
  return coordinatorError('DEFAULT_BRANCH_MISSING', { stack, branch, branches: named });
}
