import { join } from 'node:path';
import type { FolderFacts } from './inspect-folder.ts';
import type { ProjectKind } from './project-kind.ts';

/** Returns what was recognized, with the files that show it. */
export function describeFacts(kind: ProjectKind, facts: FolderFacts): string {
  const { environment = '.', dockerfile, recipes, packageFile, sources } = facts;
  const file = join(environment, 'spack.yaml');
  const packages = recipes?.packages.join(', ') ?? packageFile?.name;
  const own = recipes === undefined ? packageFile?.path : join(recipes.folder, 'repo.yaml');
  const texts: Readonly<Record<ProjectKind, string>> = {
    container: `a Spack stack with a container build (${file}, ${dockerfile})`,
    gitlab: `a Spack stack with a GitLab pipeline (${file}, .gitlab-ci.yml)`,
    environment: `a Spack environment (${file})`,
    package: `Spack packages: ${packages} (${own})`,
    recipe: `a program that is built by ${sources?.buildSystem} (${sources?.files[0]})`,
  };
  return texts[kind];
}
