import { readStack, type StackFiles } from '../../generate/index.ts';
import { hasCode } from '../../kit/index.ts';
import type { RebuildJob } from './rebuild-job.ts';

/** Reads the stack of a job with all that it includes; undefined if the lock came without its `spack.yaml`. */
export async function jobStack(
  { concrete }: Pick<RebuildJob, 'concrete'>,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<StackFiles | undefined> {
  return readStack(concrete, { variables }).catch((error: unknown) => {
    if (hasCode(error, 'GENERATE_ENVIRONMENT_MISSING')) return undefined;
    throw error;
  });
}
