import type { Diagnostic, Fault } from '../../kit/index.ts';
import { parseSpec, satisfies, type AbstractSpec, type DependencyType, type Environment } from '../../spack/index.ts';
import type { LoadedRecipe } from './recipe.ts';
import { recipeFault } from './recipe-errors.ts';

/** A package that spack.yaml names as a root, or that a recipe depends on, and where that is written. */
export interface Requirement {
  readonly name: string;
  readonly text: string;
  /** Undefined for a root. */
  readonly type?: DependencyType;
  /** Whose recipe it stands in; undefined for a root. */
  readonly recipe?: string;
  accepts(version: string): boolean;
  fault(fault: Fault): Diagnostic;
}

/**
 * Returns the roots of spack.yaml. Specs with more than name and version are faults: recipes have no variants.
 */
export function rootRequirements(environment: Environment): {
  requirements: readonly Requirement[];
  diagnostics: readonly Diagnostic[];
} {
  const requirements = environment.specs.map(({ text, spec, line, column }): Requirement & { spec: AbstractSpec } => ({
    name: spec.name ?? text,
    text,
    spec,
    accepts: (version) => acceptsVersion(spec, version),
    fault: (fault) => ({ severity: 'error', ...fault, file: 'spack.yaml', line, column }),
  }));
  const diagnostics = requirements
    .filter(({ spec }) => hasMore(spec))
    .map((requirement) => requirement.fault(recipeFault('RECIPE_SPEC_UNSUPPORTED', { spec: requirement.text })));
  return { requirements, diagnostics };
}

/** Returns what a recipe depends on, in the order in which it is written. */
export function recipeRequirements(loaded: LoadedRecipe): readonly Requirement[] {
  const { recipe, source } = loaded;
  return (['build', 'link', 'run'] as const).flatMap((type) =>
    recipe.depends[type].map((text, index): Requirement => {
      const spec = parseSpec(text);
      return {
        name: spec.name ?? text,
        text,
        type,
        accepts: (version) => acceptsVersion(spec, version),
        recipe: recipe.name,
        fault: (fault) => source.fault(['depends', type, index], fault),
      };
    }),
  );
}

function acceptsVersion(spec: AbstractSpec, version: string): boolean {
  const { name, versions } = spec;
  return satisfies(parseSpec(`${name}@=${version}`), { name, versions, variants: [], flags: [], dependencies: [] });
}

function hasMore(spec: AbstractSpec): boolean {
  const { variants, flags, architecture, hash, dependencies } = spec;
  return variants.length + flags.length + dependencies.length > 0 || architecture !== undefined || hash !== undefined;
}
