/**
 * The builder turns an environment into a lock, and one locked package into files under its prefix. It knows
 * nothing of pipelines and holds no keys. `rebuildPackage` puts a builder between mirrors: dependencies come from
 * there, the package goes there. `recipes/` is the embedded builder, without solver and without variants.
 */
export type { BuildLog, BuildRequest, BuildResult, Builder, LockRequest } from './builder.ts';
export { builderError } from './errors.ts';
export { rebuildPackage } from './rebuild-package.ts';
export type { DependencySource, RebuildRequest, Rebuilt } from './rebuild-package.ts';
export { Recipe } from './recipes/recipe.ts';
export { namespacesAvailable } from './recipes/namespace.ts';
export { recipesBuilder } from './recipes/recipes-builder.ts';
export type { RecipesBuilderOptions } from './recipes/recipes-builder.ts';
