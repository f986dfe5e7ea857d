import { dirname, join } from 'node:path';
import type { BuildLog, BuildRequest, Builder, LockRequest } from '../builder.ts';
import { namespacesAvailable } from '../recipes/namespace.ts';
import { buildWithSpack } from './build-package.ts';
import { findSpack } from './find-spack.ts';
import { lockWithSpack, requireEnvironment } from './lock-environment.ts';
import { seedCaches } from './seed-caches.ts';
import { solveInputs } from './solve-key.ts';
import type { SpackProgram } from './spack-program.ts';
import { solveVariables, spackHome, builderVariables } from './spack-variables.ts';

export interface SpackBuilderOptions {
  /** The job's environment: where Spack is, and what is passed on to it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Clones, locks, sources, and Spack's own caches; all jobs of one level of trust on this machine share it. */
  readonly cacheFolder: string;
  /** Where packages are installed if the environment leaves Spack's default, a folder inside of Spack. */
  readonly storeRoot?: string;
  /** Told what happens before a build has a log of its own. */
  readonly log: BuildLog;
  /** Caches made by `prepareCaches`, and beside them clones: what this builder's own caches begin with. */
  readonly prepared?: string;
  readonly mirrors: (request: LockRequest) => Promise<KnownMirrors>;
  readonly signal?: AbortSignal;
  /** Overrides the probe, for tests. */
  readonly namespaces?: boolean;
  readonly now: () => number;
}

/** What Spack may take into a lock from an environment's mirrors, and with what. */
export interface KnownMirrors {
  /** A digest of their indexes. While it is unknown no lock is taken from the cache. */
  readonly state?: string;
  /** Names of the variables that hold the keys to them, beside those of S3. */
  readonly variables: readonly string[];
}

/**
 * The builder for stacks of Spack: Spack concretizes and builds; binaries come from and go to mirrors by this program.
 */
export function spackBuilder(options: SpackBuilderOptions): Builder {
  const { env, cacheFolder, signal, now, prepared, storeRoot = '/opt/stack' } = options;
  const clones = prepared === undefined ? undefined : join(dirname(prepared), 'clones');
  const spackFor = async ({ environment }: LockRequest) => {
    await requireEnvironment(environment);
    return findSpack({ env, cacheFolder, clones, log: options.log, signal });
  };
  const seededHome = async (spack: SpackProgram) => {
    const home = await spackHome(cacheFolder, env);
    return { home, bytecode: await seedCaches({ prepared, cacheFolder, home, spack }) };
  };
  return {
    name: 'spack',
    async inputs(request: LockRequest) {
      const spack = await spackFor(request);
      const home = await spackHome(cacheFolder, env);
      return solveInputs({ ...request, spack, variables: builderVariables(env, home), ownScope: home.scope });
    },
    async lock(request: LockRequest) {
      const { environment, configScopes } = request;
      const spack = await spackFor(request);
      const { state, variables: names } = await options.mirrors(request);
      const { home, bytecode } = await seededHome(spack);
      const solving = { ...bytecode, ...solveVariables(env, { home, names }) };
      return lockWithSpack(environment, {
        session: { spack, configScopes, variables: solving, log: options.log, signal },
        cacheFolder,
        ownScope: home.scope,
        mirrorState: state,
      });
    },
    async build(request: BuildRequest) {
      const spack = await findSpack({ env, cacheFolder, clones, log: request.log, signal: request.signal });
      const { home, bytecode } = await seededHome(spack);
      const variables = { ...bytecode, ...builderVariables(env, home) };
      const namespaces = options.namespaces ?? (await namespacesAvailable());
      return buildWithSpack(request, {
        spack,
        variables,
        cacheFolder,
        ownScope: home.scope,
        storeRoot,
        namespaces,
        now,
      });
    },
  };
}
