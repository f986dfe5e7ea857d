import { dirname, join } from 'node:path';
import { exists, type ProcessVariables } from '../../kit/index.ts';
import type { Lockfile } from '../../spack/index.ts';
import type { BuildLog, BuildRequest, Builder, EnvironmentRequest, LockRequest } from '../builder.ts';
import { builderError } from '../errors.ts';
import { namespacesAvailable } from '../recipes/namespace.ts';
import { buildWithSpack } from './build-package.ts';
import { changedRecipes } from './changed-recipes.ts';
import { findSpack } from './find-spack.ts';
import { lockWithSpack } from './lock-environment.ts';
import { mirrorSpackSources, type PackageSources, type SourcesRequest } from './mirror-sources.ts';
import { seedCaches } from './seed-caches.ts';
import { solveInputs } from './solve-key.ts';
import type { SpackProgram } from './spack-program.ts';
import { solveVariables, spackHome, builderVariables } from './spack-variables.ts';

export interface SpackBuilderOptions {
  /** The job's environment, which names a Spack and is passed on to it. */
  readonly env: ProcessVariables;
  /** Clones, locks, sources, and Spack's own caches; all jobs of one level of trust on this machine share it. */
  readonly cacheFolder: string;
  /** Used while a build has no log of its own yet. */
  readonly log: BuildLog;
  /** Initial caches, made by `prepareCaches`, with clones beside them. */
  readonly prepared?: string;
  readonly mirrors: (request: EnvironmentRequest) => Promise<KnownMirrors>;
  readonly signal?: AbortSignal;
  /** Overrides the probe, for tests. */
  readonly namespaces?: boolean;
}

/** What Spack may reuse from an environment's mirrors, and the credentials for it. */
export interface KnownMirrors {
  /** A digest of their indexes. While it is unknown no lock is taken from the cache. */
  readonly state?: string;
  /** Names of the variables that hold the keys to them, beside those of S3. */
  readonly variables: readonly string[];
}

/** A builder that can also collect the sources of a lock. */
export interface SpackBuilder extends Builder {
  /** Fetches the sources of a lock into a mirror; a package whose sources do not come stops nothing. */
  mirrorSources(request: SourcesRequest): Promise<readonly PackageSources[]>;
}

/** The builder for stacks of Spack: Spack concretizes and builds; this program moves binaries from and to mirrors. */
export function spackBuilder(options: SpackBuilderOptions): SpackBuilder {
  const { env, cacheFolder, signal, prepared } = options;
  const clones = prepared === undefined ? undefined : join(dirname(prepared), 'clones');
  const spackFor = async ({ environment }: EnvironmentRequest) => {
    if (!(await exists(join(environment, 'spack.yaml'))))
      throw builderError('RECIPE_ENVIRONMENT_MISSING', { folder: environment });
    return findSpack({ env, cacheFolder, clones, log: options.log, signal });
  };
  const seededHome = async (spack: SpackProgram) => {
    const home = await spackHome(cacheFolder, env);
    return { home, bytecode: await seedCaches({ prepared, cacheFolder, home, spack }) };
  };
  const solving = async (request: EnvironmentRequest) => {
    const { environment, configScopes } = request;
    const spack = await spackFor(request);
    const { state: mirrorState, variables: names } = await options.mirrors(request);
    const { home, bytecode } = await seededHome(spack);
    const variables = { ...bytecode, ...solveVariables(env, { home, names }) };
    const session = { spack, configScopes, variables, log: options.log, signal };
    return { scratch: { environment, session, cacheFolder, ownScope: home.scope }, mirrorState };
  };
  return {
    async inputs(request: EnvironmentRequest) {
      const spack = await spackFor(request);
      const home = await spackHome(cacheFolder, env);
      const input = { ...request, spack, variables: builderVariables(env, home), ownScope: home.scope };
      return solveInputs(input);
    },
    async lock(request: LockRequest) {
      const { scratch, mirrorState } = await solving(request);
      return lockWithSpack({ ...scratch, mirrorState, base: request.base, share: request.share });
    },
    async changedRecipes(request: EnvironmentRequest, lock: Lockfile) {
      return changedRecipes((await solving(request)).scratch, lock);
    },
    async mirrorSources(request: SourcesRequest) {
      const spack = await spackFor(request);
      const { home, bytecode } = await seededHome(spack);
      const variables = { ...bytecode, ...builderVariables(env, home) };
      const { configScopes } = request;
      const session = { spack, configScopes, variables, log: options.log, signal };
      return mirrorSpackSources(request, { session, cacheFolder });
    },
    async build(request: BuildRequest) {
      const spack = await findSpack({ env, cacheFolder, clones, log: request.log, signal: request.signal });
      const { home, bytecode } = await seededHome(spack);
      const variables = { ...bytecode, ...builderVariables(env, home) };
      const namespaces = options.namespaces ?? (await namespacesAvailable());
      return buildWithSpack(request, { spack, variables, cacheFolder, ownScope: home.scope, namespaces });
    },
  };
}
