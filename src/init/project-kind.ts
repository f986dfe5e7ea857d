import { initError } from './errors.ts';
import type { FolderFacts } from './inspect-folder.ts';

/** The kinds of repositories, in the order in which they are recognized. */
export const projectKinds = ['container', 'gitlab', 'environment', 'package', 'recipe'] as const;
export type ProjectKind = (typeof projectKinds)[number];

/** Returns the kinds that a folder fits, the likeliest first. */
export function kindsOf(facts: FolderFacts): readonly ProjectKind[] {
  return projectKinds.filter((kind) => missingFor(kind, facts) === undefined);
}

/** Throws INIT_KIND_WRONG if the folder lacks what a kind needs. */
export function requireKind(kind: ProjectKind, facts: FolderFacts): void {
  const missing = missingFor(kind, facts);
  if (missing === undefined) return;
  throw initError('INIT_KIND_WRONG', { kind, missing, folder: facts.folder, kinds: projectKinds.join(', ') });
}

/** Returns the first thing that a kind needs and the folder lacks. */
function missingFor(kind: ProjectKind, facts: FolderFacts): string | undefined {
  const { dockerfile, gitlabCi, recipes, packageFile, sources } = facts;
  const environment = [facts.environment, 'a `spack.yaml`'] as const;
  const needs: Readonly<Record<ProjectKind, readonly (readonly [unknown, string])[]>> = {
    container: [environment, [dockerfile, 'a `Dockerfile` or `docker/Dockerfile`']],
    gitlab: [environment, [gitlabCi, 'a `.gitlab-ci.yml` that calls `spack ci`']],
    environment: [environment],
    package: [[recipes ?? packageFile, 'a `package.py`, or a folder with `repo.yaml` and `packages`']],
    recipe: [[sources, 'sources with a `Makefile`, `CMakeLists.txt`, `configure` or `meson.build`']],
  };
  return needs[kind].find(([found]) => found === undefined)?.[1];
}
