import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FolderFacts } from './inspect-folder.ts';
import type { ProjectFile } from './project-options.ts';
import { yamlText } from './yaml-text.ts';

/** Returns an environment of the Spack packages in this folder, and a repository of recipes where there is none. */
export async function packageFiles(facts: FolderFacts): Promise<readonly ProjectFile[]> {
  const { folder, name, recipes, packageFile } = facts;
  if (recipes !== undefined) return [environmentOf(recipes.packages, recipes.folder)];
  if (packageFile === undefined) return [];
  const text = await readFile(join(folder, packageFile.path), 'utf8');
  // Of Python, where a name does not begin with a digit.
  const namespace = name.replaceAll('-', '_').replace(/^(?=\d)/, 'stack_');
  return [
    { path: 'spack-repo/repo.yaml', text: `# A repository of Spack recipes.\nrepo:\n  namespace: ${namespace}\n` },
    { path: `spack-repo/packages/${packageFile.name}/package.py`, text },
    environmentOf([packageFile.name], 'spack-repo'),
  ];
}

function environmentOf(packages: readonly string[], repository: string): ProjectFile {
  const text = `# The packages of this stack. Spack builds them: docs/guides/spack.md
spack:
  specs:
${packages.map((name) => `    - ${yamlText(name)}\n`).join('')}  # Their recipes, beside those of Spack
  repos:
    - ${repository === '.' ? '.' : yamlText(`./${repository}`)}
  view: false
`;
  return { path: 'spack.yaml', text };
}
