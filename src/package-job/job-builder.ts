import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Builder, SpackBuilder } from '../builder/index.ts';
import { builderName } from '../generate/index.ts';
import { cacheFolder, type ProcessVariables } from '../kit/index.ts';
import type { PackageJobContext } from './package-job-context.ts';

/**
 * Returns the builder of a stack, which is loaded here: most jobs find that there is nothing to build. Its folders are
 * shared by all jobs of this user on this machine.
 */
export async function jobBuilder(environment: string, context: Omit<PackageJobContext, 'cwd'>): Promise<Builder> {
  const builder = await loadBuilder(environment, context);
  const { whileLocking } = context;
  if (whileLocking === undefined) return builder;
  return { ...builder, lock: (request) => whileLocking(() => builder.lock(request)) };
}

async function loadBuilder(environment: string, context: Omit<PackageJobContext, 'cwd'>): Promise<Builder> {
  const { env } = context;
  if (builderName(environment, env) === 'spack') return spackJobBuilder(context);
  const { recipesBuilder } = await import('../builder/index.ts');
  const shared = await sharedFolder(env);
  return recipesBuilder({ cacheFolder: join(shared, 'sources'), fallbackStore: join(shared, 'store') });
}

/** Returns the builder of stacks that Spack builds. */
export async function spackJobBuilder({ env, note, signal }: Omit<PackageJobContext, 'cwd'>): Promise<SpackBuilder> {
  const { spackBuilder } = await import('../builder/index.ts');
  const { knownMirrors } = await import('./known-mirrors.ts');
  return spackBuilder({
    env,
    cacheFolder: join(await sharedFolder(env), 'spack'),
    prepared: env['SLIPWAY_SPACK_CACHES'],
    log: note,
    mirrors: (request) => knownMirrors(request, env),
    signal,
  });
}

async function sharedFolder(env: ProcessVariables): Promise<string> {
  const folder = cacheFolder(env);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}
