import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, refuseErrors } from '../../kit/index.ts';
import {
  readEnvironment,
  withHash,
  type Environment,
  type Lockfile,
  type SpecDependency,
  type SpecNode,
} from '../../spack/index.ts';
import { builderError } from '../errors.ts';
import { packageHash } from './package-hash.ts';
import { readRecipes } from './recipe-folder.ts';
import { resolveRecipes, type ResolvedPackage } from './resolve.ts';
import type { Toolchain } from './toolchain.ts';
import { rootRequirements } from './requirement.ts';

/** What the builder brings into every hash. */
interface LockBasis {
  readonly toolchain: Toolchain;
  /** Absolute folder of the prefixes. */
  readonly storeRoot: string;
}

/** The packages of an environment, dependencies first. Throws all faults of its files at once. */
export async function resolveEnvironment(
  folder: string,
): Promise<{ environment: Environment; packages: readonly ResolvedPackage[] }> {
  const text = await readSpackYaml(folder);
  const { environment, diagnostics } = readEnvironment(text, 'spack.yaml');
  const { recipes, diagnostics: recipeFaults } = await readRecipes(folder);
  refuseErrors([...diagnostics, ...recipeFaults]);
  if (environment === undefined) throw new Error('an environment without faults has a value');
  const roots = rootRequirements(environment);
  const { packages, diagnostics: faults } = resolveRecipes(roots.requirements, recipes);
  refuseErrors([...roots.diagnostics, ...faults]);
  return { environment, packages };
}

/** The lock of an environment: the same files and the same basis give the same lock, byte for byte. */
export async function lockFromRecipes(folder: string, basis: LockBasis): Promise<Lockfile> {
  const { environment, packages } = await resolveEnvironment(folder);
  const byName = new Map<string, SpecNode>();
  for (const one of packages) byName.set(one.name, await lockPackage(one, { folder, basis, byName }));
  const roots = environment.specs.map(({ text, spec }) => ({
    hash: byName.get(spec.name ?? '')?.hash ?? '',
    spec: text,
  }));
  return {
    lockfileVersion: 6,
    specfileVersion: 5,
    spack: { type: 'slipway', builder: 'recipes' },
    roots,
    nodes: new Map([...byName.values()].map((node) => [node.hash, node])),
  };
}

interface LockContext {
  readonly folder: string;
  readonly basis: LockBasis;
  /** What has been locked so far: all that the package depends on. */
  readonly byName: ReadonlyMap<string, SpecNode>;
}

/** Spack writes the compiler flags of every node, also where there are none. */
const noFlags = { cflags: [], cppflags: [], cxxflags: [], fflags: [], ldflags: [], ldlibs: [] };

/** Keys in the order in which Spack 1.2 writes them, since the hash depends on it. */
async function lockPackage(one: ResolvedPackage, context: LockContext): Promise<SpecNode> {
  const { toolchain, storeRoot } = context.basis;
  const dependencies = one.dependencies.map(({ name, types }): SpecDependency => {
    const { hash } = context.byName.get(name) as SpecNode;
    return { name, hash, parameters: { deptypes: types, virtuals: [] } };
  });
  return withHash({
    name: one.name,
    version: one.version,
    arch: toolchain.arch,
    namespace: 'slipway.recipes',
    parameters: {
      build_system: 'recipe',
      libc: toolchain.libc,
      store_root: storeRoot,
      toolchain: toolchain.compiler,
      ...noFlags,
    },
    package_hash: await packageHash(one, context.folder),
    ...(dependencies.length > 0 ? { dependencies } : {}),
    annotations: { original_specfile_version: 5 },
  });
}

async function readSpackYaml(folder: string): Promise<string> {
  try {
    return await readFile(join(folder, 'spack.yaml'), 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) throw builderError('RECIPE_ENVIRONMENT_MISSING', { folder }, { cause: error });
    throw error;
  }
}
