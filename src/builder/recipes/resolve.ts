import { compareText, quotedList, type Diagnostic } from '../../kit/index.ts';
import type { DependencyType } from '../../spack/index.ts';
import { recipeVersions, type LoadedRecipe, type Source } from './recipe.ts';
import { recipeFault } from './recipe-errors.ts';
import { recipeRequirements, type Requirement } from './requirement.ts';

interface ResolvedDependency {
  readonly name: string;
  /** In Spack's order: build, link, run. */
  readonly types: readonly DependencyType[];
}

export interface ResolvedPackage {
  readonly name: string;
  readonly version: string;
  readonly loaded: LoadedRecipe;
  readonly source: Source | undefined;
  /** Sorted by name. */
  readonly dependencies: readonly ResolvedDependency[];
}

interface Resolution {
  /** Dependencies stand before what needs them; empty where there are faults. */
  readonly packages: readonly ResolvedPackage[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Finds the recipes that the roots need, and one version of each: the first one offered that every requirement accepts.
 * There is no solver: requirements that exclude each other are a fault.
 */
export function resolveRecipes(roots: readonly Requirement[], recipes: ReadonlyMap<string, LoadedRecipe>): Resolution {
  const requirements = collectRequirements(roots, recipes);
  const missing = [...requirements.values()].flat().filter((requirement) => !recipes.has(requirement.name));
  const chosen = [...requirements].filter(([name]) => recipes.has(name)).map(([, all]) => chooseVersion(all, recipes));
  const order = orderPackages(roots, recipes);
  const diagnostics = [
    ...missing.map((requirement) => unknownPackage(requirement, recipes)),
    ...chosen.flatMap((one) => one.diagnostics),
    ...order.diagnostics,
  ];
  if (diagnostics.length > 0) return { packages: [], diagnostics };
  const byName = new Map(
    chosen.flatMap(({ resolved }) => (resolved === undefined ? [] : [[resolved.name, resolved] as const])),
  );
  return { packages: order.names.flatMap((name) => byName.get(name) ?? []), diagnostics: [] };
}

/** Returns all requirements of the closure of the roots, by the name of the required package. */
function collectRequirements(
  roots: readonly Requirement[],
  recipes: ReadonlyMap<string, LoadedRecipe>,
): ReadonlyMap<string, readonly Requirement[]> {
  const requirements = new Map<string, Requirement[]>();
  const queue = [...roots];
  for (let requirement = queue.shift(); requirement !== undefined; requirement = queue.shift()) {
    const known = requirements.get(requirement.name);
    requirements.set(requirement.name, [...(known ?? []), requirement]);
    const loaded = recipes.get(requirement.name);
    if (known === undefined && loaded !== undefined) queue.push(...recipeRequirements(loaded));
  }
  return requirements;
}

function chooseVersion(requirements: readonly Requirement[], recipes: ReadonlyMap<string, LoadedRecipe>) {
  const loaded = recipes.get((requirements[0] as Requirement).name) as LoadedRecipe;
  const { recipe } = loaded;
  const versions = recipeVersions(recipe);
  const fitting = versions.find(({ version }) => requirements.every((requirement) => requirement.accepts(version)));
  if (fitting !== undefined) {
    return {
      resolved: { name: recipe.name, ...fitting, loaded, dependencies: dependenciesOf(loaded) },
      diagnostics: [],
    };
  }
  const offered = versions.map(({ version }) => version).join(', ');
  const impossible = requirements.filter(
    (requirement) => !versions.some(({ version }) => requirement.accepts(version)),
  );
  const faulty = impossible.length > 0 ? impossible : requirements.slice(-1);
  return {
    diagnostics: faulty.map((requirement) => {
      const details = { package: recipe.name, spec: requirement.text, offered };
      if (impossible.length > 0) return requirement.fault(recipeFault('RECIPE_VERSION', details));
      const specs = quotedList(
        [requirement, ...requirements.filter((one) => one !== requirement)].map((one) => one.text),
      );
      return requirement.fault(recipeFault('RECIPE_VERSION_CONFLICT', { ...details, specs }));
    }),
  };
}

function dependenciesOf(loaded: LoadedRecipe): readonly ResolvedDependency[] {
  const types = new Map<string, Set<DependencyType>>();
  for (const requirement of recipeRequirements(loaded)) {
    const known = types.get(requirement.name) ?? new Set<DependencyType>();
    types.set(requirement.name, known.add(requirement.type ?? 'build'));
  }
  const order: readonly DependencyType[] = ['build', 'link', 'run'];
  return [...types.keys()]
    .toSorted(compareText)
    .map((name) => ({ name, types: order.filter((type) => types.get(name)?.has(type)) }));
}

/** Depth-first order from the roots, with every cycle that stands in the way. */
function orderPackages(roots: readonly Requirement[], recipes: ReadonlyMap<string, LoadedRecipe>) {
  const names: string[] = [];
  const diagnostics: Diagnostic[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (name: string, path: readonly string[]): void => {
    const loaded = recipes.get(name);
    if (loaded === undefined || state.get(name) === 'done') return;
    state.set(name, 'open');
    for (const requirement of recipeRequirements(loaded).toSorted((a, b) => compareText(a.name, b.name))) {
      if (state.get(requirement.name) === 'open') diagnostics.push(cycleFault(requirement, [...path, name]));
      else visit(requirement.name, [...path, name]);
    }
    state.set(name, 'done');
    names.push(name);
  };
  for (const name of roots.map((root) => root.name).toSorted(compareText)) visit(name, []);
  return { names, diagnostics };
}

function cycleFault(requirement: Requirement, path: readonly string[]): Diagnostic {
  const cycle = [...path.slice(path.indexOf(requirement.name)), requirement.name].join(' → ');
  return requirement.fault(recipeFault('RECIPE_CYCLE', { cycle }));
}

function unknownPackage(requirement: Requirement, recipes: ReadonlyMap<string, LoadedRecipe>): Diagnostic {
  const known = [...recipes.keys()].toSorted(compareText).join(', ');
  const remedy =
    known === ''
      ? `Write recipes/${requirement.name}.yaml.`
      : `Write recipes/${requirement.name}.yaml, or name one of ${known}.`;
  const code = requirement.type === undefined ? 'RECIPE_NOT_FOUND' : 'RECIPE_UNKNOWN_DEPENDENCY';
  return requirement.fault(recipeFault(code, { package: requirement.name, recipe: requirement.recipe, remedy }));
}

/** By code units, so that the order is the same in every locale. */
