import { initError } from './errors.ts';
import { projectKinds, type FolderFacts, type ProjectKind } from './inspect-folder.ts';

/** Returns what was recognized, with the files that show it. */
export function describeFacts(kind: ProjectKind, facts: FolderFacts): string {
  const { environment, dockerfile, recipes, packageFile, sources } = facts;
  const file = environment === undefined || environment === '.' ? 'spack.yaml' : `${environment}/spack.yaml`;
  const packages = recipes?.packages.join(', ') ?? packageFile?.name;
  const own = recipes === undefined ? packageFile?.path : `${recipes.folder}/repo.yaml`.replace('./', '');
  const texts: Readonly<Record<ProjectKind, string>> = {
    container: `a Spack stack with a container build (${file}, ${dockerfile})`,
    gitlab: `a Spack stack with a GitLab pipeline (${file}, .gitlab-ci.yml)`,
    environment: `a Spack environment (${file})`,
    package: `Spack packages: ${packages} (${own})`,
    recipe: `a program that is built by ${sources?.buildSystem} (${sources?.files[0]})`,
  };
  return texts[kind];
}

/** Throws INIT_KIND_WRONG if the folder lacks what a kind needs. */
export function requireKind(kind: ProjectKind, facts: FolderFacts): void {
  const { environment, dockerfile, gitlabCi, recipes, packageFile, sources, folder } = facts;
  const needs: Readonly<Record<ProjectKind, readonly (readonly [unknown, string])[]>> = {
    container: [
      [environment, 'a `spack.yaml`'],
      [dockerfile, 'a `Dockerfile` or `docker/Dockerfile`'],
    ],
    gitlab: [
      [environment, 'a `spack.yaml`'],
      [gitlabCi, 'a `.gitlab-ci.yml` that calls `spack ci`'],
    ],
    environment: [[environment, 'a `spack.yaml`']],
    package: [[recipes ?? packageFile, 'a `package.py`, or a folder with `repo.yaml` and `packages`']],
    recipe: [[sources, 'sources with a `Makefile`, `CMakeLists.txt`, `configure` or `meson.build`']],
  };
  const missing = needs[kind].find(([found]) => found === undefined)?.[1];
  if (missing !== undefined)
    throw initError('INIT_KIND_WRONG', { kind, missing, folder, kinds: projectKinds.join(', ') });
}
