import { expect, test } from 'vitest';
import { defaultBranchProblem } from './default-branch.ts';

const stack = { name: 'lab', defaultBranch: 'main' };
const refs = (...names: readonly string[]) => new Map(names.map((name) => [name, 'a1']));

test('a remote without the default branch is a problem, which names what there is', () => {
  const problem = defaultBranchProblem(stack, refs('refs/heads/master', 'refs/heads/fix/it', 'refs/tags/v1'));
  expect(problem?.message).toBe(
    'No pipelines run in `lab`, because its remote has no default branch `main`. It has master, fix/it.',
  );
  expect(problem?.hint).toContain('defaultBranch');
});

test('a remote with it is none, and one of which nothing is known yet', () => {
  expect(defaultBranchProblem(stack, refs('refs/heads/main'))).toBeUndefined();
  expect(defaultBranchProblem(stack, refs())).toBeUndefined();
  expect(defaultBranchProblem(stack, refs('refs/tags/v1'))).toBeUndefined();
});
