import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Builder, SpackBuilder } from '../builder/index.ts';
import { builderName } from '../generate/index.ts';
import { cacheFolder } from '../kit/index.ts';
import type { PackageJobContext } from './package-job-context.ts';

/**
 * Returns the builder of a stack, which is loaded here: most jobs find that there is nothing to build. Its folders are
 * shared by all jobs of this user on this machine.
 */
export async function jobBuilder(
  environment: string,
  { env, note, signal }: Omit<PackageJobContext, 'cwd'>,
): Promise<Builder> {
  const name = builderName(environment, env);
  const { recipesBuilder } = await import('../builder/index.ts');
  const shared = cacheFolder(env);
  await mkdir(shared, { recursive: true, mode: 0o700 });
  if (name === 'recipes')
    return recipesBuilder({ cacheFolder: join(shared, 'sources'), fallbackStore: join(shared, 'store') });
  return spackJobBuilder({ env, note, signal });
}

/** Returns the builder of stacks that Spack builds. */
export async function spackJobBuilder({ env, note, signal }: Omit<PackageJobContext, 'cwd'>): Promise<SpackBuilder> {
  const { spackBuilder } = await import('../builder/index.ts');
  const shared = cacheFolder(env);
  await mkdir(shared, { recursive: true, mode: 0o700 });
  const { knownMirrors } = await import('./known-mirrors.ts');
  return spackBuilder({
    env,
    cacheFolder: join(shared, 'spack'),
    prepared: env['SLIPWAY_SPACK_CACHES'],
    log: note,
    mirrors: (request) => knownMirrors(request, env),
    signal,
  });
}
