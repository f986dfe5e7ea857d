import type { BuildWork } from './build-work.ts';
import { jobStack } from './job-stack.ts';

interface TestRequest extends Pick<BuildWork, 'job' | 'node' | 'runTests'> {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly warn: (message: string) => void;
}

/**
 * Returns whether the package's own tests are run: not those of `ci: broken-tests-packages`, as in `spack ci rebuild`.
 */
export async function runsTests({ job, node, runTests, env, warn }: TestRequest): Promise<boolean> {
  if (!runTests) return false;
  const listed = (await jobStack(job, env))?.ci?.['broken-tests-packages'];
  if (!Array.isArray(listed) || !listed.includes(node.name)) return true;
  warn(`The tests of ${node.name} are not run: it is in \`broken-tests-packages\``);
  return false;
}
