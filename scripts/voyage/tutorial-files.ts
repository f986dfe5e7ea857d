import { readFile, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { packageRoot } from '../../src/cli/package-root.ts';

/**
 * The repository's files by path: the tutorial's own, and the recipes that stand in where no Spack is used. Images go to
 * `repository`, where one is named.
 */
export async function tutorialFiles(repository: string | undefined): Promise<Record<string, string>> {
  const examples = join(packageRoot(), 'examples');
  const recipes = await readTree(join(examples, 'first-light'), ['recipes', 'src']);
  const files = { ...recipes, ...(await readTree(join(examples, 'tutorial-shaped'), ['.'])) };
  if (repository === undefined) return files;
  const policy = files['slipway.yaml'] ?? '';
  return { ...files, 'slipway.yaml': policy.replace('repository: tutorial', `repository: ${repository}`) };
}

async function readTree(root: string, parts: readonly string[]): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const part of parts) {
    for (const entry of await readdir(join(root, part), { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile()) files[relative(root, path)] = await readFile(path, 'utf8');
    }
  }
  return files;
}
