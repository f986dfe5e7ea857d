/**
 * The builder turns an environment into a lock, and one locked package into files below its prefix. It knows nothing
 * of pipelines and holds no keys. `rebuildPackage` takes dependencies from mirrors and pushes the package to one.
 * `recipes/` is the embedded builder, without solver and variants; `spack/` drives an installed Spack.
 */
export type {
  BuildLog,
  BuildRequest,
  BuildResult,
  Builder,
  BuiltStore,
  DependencyTarget,
  EnvironmentRequest,
  LockInputs,
  LockRequest,
  TestResult,
} from './builder.ts';
export { builderError } from './errors.ts';
export { blamePackage, failureClassOf } from './failure.ts';
export type { LockShare } from './lock-share.ts';
export { rebuildPackage, type DependencySource, type RebuildRequest, type Rebuilt } from './rebuild-package.ts';
export { Recipe } from './recipes/recipe.ts';
export { findNamespaceFault, namespacesAvailable } from './recipes/namespace.ts';
export { recipesBuilder, type RecipesBuilderOptions } from './recipes/recipes-builder.ts';
export type { PackageSources } from './spack/mirror-sources.ts';
export { inspectSpackParts, type SpackPart } from './spack/check-parts.ts';
export { installedSpack } from './spack/find-spack.ts';
export { spackBuilder, type KnownMirrors, type SpackBuilder, type SpackBuilderOptions } from './spack/spack-builder.ts';
export { spackHome, builderVariables } from './spack/spack-variables.ts';
export type { SpackProgram } from './spack/spack-program.ts';
export { prepareCaches } from './spack/prepared-caches.ts';
export { installSpack, type InstallRequest } from './spack/installation/install-spack.ts';
export {
  installedVariables,
  listInstallations,
  removeInstallation,
  type InstalledSpack,
} from './spack/installation/installations.ts';
export { spackReleases } from './spack/installation/releases.ts';
