import { readStack, type StackFiles } from '../../generate/index.ts';
import { hasCode, type ProcessVariables } from '../../kit/index.ts';
import type { SpecNode } from '../../spack/index.ts';
import type { RebuildJob } from './rebuild-job.ts';

interface TestRequest {
  readonly job: RebuildJob;
  readonly node: SpecNode;
  readonly env: ProcessVariables;
  readonly warn: (message: string) => void;
}

/**
 * Returns whether the package's own tests are run: not those of `ci: broken-tests-packages`, as in `spack ci rebuild`.
 */
export async function runsTests({ job, node, env, warn }: TestRequest): Promise<boolean> {
  const listed = (await jobStack(job, env))?.ci?.['broken-tests-packages'];
  if (!Array.isArray(listed) || !listed.includes(node.name)) return true;
  warn(`The tests of ${node.name} are not run: it is in \`broken-tests-packages\``);
  return false;
}

/** Reads the stack of a job with all that it includes; undefined if the lock came without its `spack.yaml`. */
export async function jobStack({ concrete }: RebuildJob, variables: ProcessVariables): Promise<StackFiles | undefined> {
  return readStack(concrete, { variables }).catch((error: unknown) => {
    if (hasCode(error, 'GENERATE_ENVIRONMENT_MISSING')) return undefined;
    throw error;
  });
}
