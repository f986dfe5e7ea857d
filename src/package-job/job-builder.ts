import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Builder } from '../builder/index.ts';
import { builderName } from '../generate/index.ts';
import { cacheFolder } from '../kit/index.ts';
import type { JobContext } from './job-context.ts';

type BuilderContext = Omit<JobContext, 'cwd'>;

/** Returns the builder of a stack. Its folders are shared by all jobs of this user on this machine. */
export function jobBuilder(environment: string, context: BuilderContext): Builder {
  const name = builderName(environment, context.env);
  let made: Promise<Builder> | undefined;
  const builder = (): Promise<Builder> => (made ??= makeBuilder(name, context));
  return {
    name,
    inputs: async (request) => (await builder()).inputs(request),
    lock: async (request) => (await builder()).lock(request),
    build: async (request) => (await builder()).build(request),
  };
}

/** Loaded when it has something to do: most jobs find that there is nothing to build. */
async function makeBuilder(name: Builder['name'], { env, note, signal }: BuilderContext): Promise<Builder> {
  const { recipesBuilder, spackBuilder } = await import('../builder/index.ts');
  const shared = cacheFolder(env);
  await mkdir(shared, { recursive: true, mode: 0o700 });
  if (name === 'recipes')
    return recipesBuilder({ cacheFolder: join(shared, 'sources'), fallbackStore: join(shared, 'store') });
  const { knownMirrors } = await import('./known-mirrors.ts');
  return spackBuilder({
    env,
    cacheFolder: join(shared, 'spack'),
    prepared: env['SLIPWAY_SPACK_CACHES'],
    log: note,
    mirrors: (request) => knownMirrors(request, env),
    signal,
    now: () => performance.timeOrigin + performance.now(),
  });
}
