import { compareText, quotedList } from '../../kit/index.ts';
import type { Diagnostic } from '../../kit/index.ts';
import type { DependencyType } from '../../spack/index.ts';
import { recipeVersions } from './recipe.ts';
import type { LoadedRecipe, Source } from './recipe.ts';
import { recipeFault } from './recipe-errors.ts';
import { recipeWishes } from './wish.ts';
import type { Wish } from './wish.ts';

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
 * Finds the recipes that the roots need, and one version of each: the first one offered that every wish accepts.
 * There is no solver: wishes that exclude each other are a fault.
 */
export function resolveRecipes(roots: readonly Wish[], recipes: ReadonlyMap<string, LoadedRecipe>): Resolution {
  const wishes = collectWishes(roots, recipes);
  const missing = [...wishes.values()].flat().filter((wish) => !recipes.has(wish.name));
  const chosen = [...wishes].filter(([name]) => recipes.has(name)).map(([, all]) => chooseVersion(all, recipes));
  const order = orderPackages(roots, recipes);
  const diagnostics = [
    ...missing.map((wish) => unknownPackage(wish, recipes)),
    ...chosen.flatMap((one) => one.diagnostics),
    ...order.diagnostics,
  ];
  if (diagnostics.length > 0) return { packages: [], diagnostics };
  const byName = new Map(
    chosen.flatMap(({ resolved }) => (resolved === undefined ? [] : [[resolved.name, resolved] as const])),
  );
  return { packages: order.names.flatMap((name) => byName.get(name) ?? []), diagnostics: [] };
}

/** All wishes by the name of the wanted package, over the whole closure of the roots. */
function collectWishes(
  roots: readonly Wish[],
  recipes: ReadonlyMap<string, LoadedRecipe>,
): ReadonlyMap<string, readonly Wish[]> {
  const wishes = new Map<string, Wish[]>();
  const queue = [...roots];
  for (let wish = queue.shift(); wish !== undefined; wish = queue.shift()) {
    const known = wishes.get(wish.name);
    wishes.set(wish.name, [...(known ?? []), wish]);
    const loaded = recipes.get(wish.name);
    if (known === undefined && loaded !== undefined) queue.push(...recipeWishes(loaded));
  }
  return wishes;
}

function chooseVersion(wishes: readonly Wish[], recipes: ReadonlyMap<string, LoadedRecipe>) {
  const loaded = recipes.get((wishes[0] as Wish).name) as LoadedRecipe;
  const { recipe } = loaded;
  const versions = recipeVersions(recipe);
  const fitting = versions.find(({ version }) => wishes.every((wish) => wish.accepts(version)));
  if (fitting !== undefined) {
    return {
      resolved: { name: recipe.name, ...fitting, loaded, dependencies: dependenciesOf(loaded) },
      diagnostics: [],
    };
  }
  const offered = versions.map(({ version }) => version).join(', ');
  const impossible = wishes.filter((wish) => !versions.some(({ version }) => wish.accepts(version)));
  const faulty = impossible.length > 0 ? impossible : wishes.slice(-1);
  return {
    diagnostics: faulty.map((wish) => {
      const details = { package: recipe.name, spec: wish.text, offered };
      if (impossible.length > 0) return wish.fault(recipeFault('RECIPE_VERSION', details));
      const specs = quotedList([wish, ...wishes.filter((one) => one !== wish)].map((one) => one.text));
      return wish.fault(recipeFault('RECIPE_VERSION_CONFLICT', { ...details, specs }));
    }),
  };
}

function dependenciesOf(loaded: LoadedRecipe): readonly ResolvedDependency[] {
  const types = new Map<string, Set<DependencyType>>();
  for (const wish of recipeWishes(loaded)) {
    const known = types.get(wish.name) ?? new Set<DependencyType>();
    types.set(wish.name, known.add(wish.type ?? 'build'));
  }
  const order: readonly DependencyType[] = ['build', 'link', 'run'];
  return [...types.keys()]
    .toSorted(compareText)
    .map((name) => ({ name, types: order.filter((type) => types.get(name)?.has(type)) }));
}

/** Depth-first order from the roots, with every cycle that stands in the way. */
function orderPackages(roots: readonly Wish[], recipes: ReadonlyMap<string, LoadedRecipe>) {
  const names: string[] = [];
  const diagnostics: Diagnostic[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (name: string, path: readonly string[]): void => {
    const loaded = recipes.get(name);
    if (loaded === undefined || state.get(name) === 'done') return;
    state.set(name, 'open');
    for (const wish of recipeWishes(loaded).toSorted((a, b) => compareText(a.name, b.name))) {
      if (state.get(wish.name) === 'open') diagnostics.push(cycleFault(wish, [...path, name]));
      else visit(wish.name, [...path, name]);
    }
    state.set(name, 'done');
    names.push(name);
  };
  for (const name of roots.map((root) => root.name).toSorted(compareText)) visit(name, []);
  return { names, diagnostics };
}

function cycleFault(wish: Wish, path: readonly string[]): Diagnostic {
  const cycle = [...path.slice(path.indexOf(wish.name)), wish.name].join(' → ');
  return wish.fault(recipeFault('RECIPE_CYCLE', { cycle }));
}

function unknownPackage(wish: Wish, recipes: ReadonlyMap<string, LoadedRecipe>): Diagnostic {
  const known = [...recipes.keys()].toSorted(compareText).join(', ');
  const remedy =
    known === '' ? `Write recipes/${wish.name}.yaml.` : `Write recipes/${wish.name}.yaml, or name one of ${known}.`;
  const code = wish.type === undefined ? 'RECIPE_NOT_FOUND' : 'RECIPE_UNKNOWN_DEPENDENCY';
  return wish.fault(recipeFault(code, { package: wish.name, recipe: wish.recipe, remedy }));
}

/** By code units, so that the order is the same in every locale. */
