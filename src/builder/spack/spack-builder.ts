import { join } from 'node:path';
import type { BuildLog, BuildRequest, Builder, LockRequest } from '../builder.ts';
import { namespacesAvailable } from '../recipes/namespace.ts';
import { buildPackage } from './build-package.ts';
import { findSpack } from './find-spack.ts';
import { lockEnvironment, requireEnvironment } from './lock-environment.ts';
import { spackVariables } from './spack-variables.ts';

export interface SpackBuilderOptions {
  /** The job's environment: where Spack is, and what is passed on to it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Clones, locks, sources, and Spack's own caches; all jobs of one level of trust on this machine share it. */
  readonly cacheFolder: string;
  /** Where packages are installed if the environment leaves Spack's default, a folder inside of Spack. */
  readonly storeRoot?: string;
  /** Told what happens before a build has a log of its own. */
  readonly log: BuildLog;
  /**
   * A digest of the indexes of an environment's mirrors, since Spack takes what it may reuse from there. While it is
   * unknown no lock is taken from the cache.
   */
  readonly mirrorState: (environment: string) => Promise<string | undefined>;
  readonly signal?: AbortSignal;
  /** Overrides the probe, for tests. */
  readonly namespaces?: boolean;
  readonly now: () => number;
}

/** The builder for stacks of Spack: Spack concretizes and builds; binaries come from and go to mirrors by this program. */
export function spackBuilder(options: SpackBuilderOptions): Builder {
  const { env, cacheFolder, signal, now, storeRoot = '/opt/stack' } = options;
  const variables = spackVariables(env, join(cacheFolder, 'home'));
  return {
    name: 'spack',
    async lock({ environment }: LockRequest) {
      await requireEnvironment(environment);
      const spack = await findSpack({ env, cacheFolder, log: options.log, signal });
      const mirrorState = await options.mirrorState(environment);
      return lockEnvironment(environment, {
        session: { spack, variables, log: options.log, signal },
        cacheFolder,
        mirrorState,
      });
    },
    async build(request: BuildRequest) {
      const spack = await findSpack({ env, cacheFolder, log: request.log, signal: request.signal });
      const namespaces = options.namespaces ?? (await namespacesAvailable(variables['PATH']));
      return buildPackage(request, { spack, variables, cacheFolder, storeRoot, namespaces, now });
    },
  };
}
