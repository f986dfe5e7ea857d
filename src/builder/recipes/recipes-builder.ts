import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockDigest, selectRoots, writeLockfile, type Lockfile } from '../../spack/index.ts';
import type { BuildRequest, Builder, LockRequest } from '../builder.ts';
import { rootsOfShare } from '../lock-share.ts';
import { buildFromRecipe } from './build-package.ts';
import { lockFromRecipes } from './lock-environment.ts';
import { namespacesAvailable } from './namespace.ts';
import { readToolchain, type Toolchain } from './toolchain.ts';
import { SYSTEM_PATH } from '../../kit/index.ts';

export interface RecipesBuilderOptions {
  /** Where verified source archives are kept; may be shared. */
  readonly cacheFolder: string;
  /** Absolute folder of the prefixes, as the image will have them. Default `/opt/stack`. */
  readonly storeRoot?: string;
  /**
   * Absolute folder of the prefixes on a machine without namespaces; it becomes part of every hash there. All jobs
   * of a stack must name the same one.
   */
  readonly fallbackStore?: string;
  /** Overrides the probe, for tests. */
  readonly namespaces?: boolean;
  /** Overrides the toolchain of the machine, for tests. */
  readonly toolchain?: Toolchain;
}

/** The embedded builder: recipes from the stack's own repository, one version of each package, no variants. */
export function recipesBuilder(options: RecipesBuilderOptions): Builder {
  const { storeRoot = '/opt/stack', cacheFolder } = options;
  let probe: Promise<boolean> | undefined;
  const hasNamespaces = (): Promise<boolean> =>
    (probe ??= Promise.resolve(options.namespaces ?? namespacesAvailable()));
  const fallback = options.fallbackStore ?? join(tmpdir(), 'slipway-store');
  const lock = async ({ environment, share }: LockRequest): Promise<Lockfile> => {
    const toolchain = options.toolchain ?? (await readToolchain(SYSTEM_PATH));
    const basis = { toolchain, storeRoot: (await hasNamespaces()) ? storeRoot : fallback };
    const whole = await lockFromRecipes(environment, basis);
    if (share === undefined) return whole;
    const roots = new Set(rootsOfShare(whole.roots, share));
    return selectRoots(whole, (root) => roots.has(root));
  };
  return {
    lock,
    // Nothing is solved: what decides the lock is known no sooner than the lock.
    inputs: async ({ environment }) => {
      const digest = lockDigest(writeLockfile(await lock({ environment })));
      return { digest, facts: { 'environment and recipes': digest } };
    },
    // A lock is made of the recipes each time.
    changedRecipes: async () => [],
    async build(request: BuildRequest) {
      const namespaces = await hasNamespaces();
      return buildFromRecipe(request, { path: SYSTEM_PATH, cacheFolder, namespaces, fallbackStore: fallback });
    },
  };
}
