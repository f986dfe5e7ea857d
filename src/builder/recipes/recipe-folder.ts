import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ifExists, type Diagnostic } from '../../kit/index.ts';
import { readRecipe, type LoadedRecipe } from './recipe.ts';

interface RecipeSet {
  readonly recipes: ReadonlyMap<string, LoadedRecipe>;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads every `recipes/*.yaml` of an environment. Files are named in messages as they stand in the repository. */
export async function readRecipes(environment: string): Promise<RecipeSet> {
  const recipes = new Map<string, LoadedRecipe>();
  const diagnostics: Diagnostic[] = [];
  for (const name of await recipeFiles(join(environment, 'recipes'))) {
    const text = await readFile(join(environment, 'recipes', name), 'utf8');
    const read = readRecipe(text, `recipes/${name}`);
    diagnostics.push(...read.diagnostics);
    if (read.loaded !== undefined) recipes.set(read.loaded.recipe.name, read.loaded);
  }
  return { recipes, diagnostics };
}

async function recipeFiles(folder: string): Promise<readonly string[]> {
  const names = (await ifExists(readdir(folder))) ?? [];
  return names.filter((name) => name.endsWith('.yaml')).toSorted();
}
