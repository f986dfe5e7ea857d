import { compileGlob } from '../../kit/index.ts';
import type { RootIndex } from '../facts/root-index.ts';
import { imageError } from '../errors.ts';
import { hidesFiles, isBelow, parentsOf } from '../paths.ts';
import { describePackage } from '../plan.ts';
import type { PlacedPackage } from './placed-package.ts';

/**
 * Refuses packages that would do harm as layers: names that hide what lower layers hold, prefixes that go through a
 * link of the base, and files that two packages have, unless `clashes` allows it: then the upper one wins.
 */
export function checkPackages(packages: readonly PlacedPackage[], base: RootIndex, clashes: readonly string[]): void {
  for (const one of packages) refuseWhiteouts(one);
  for (const { facts } of packages)
    refuseCrossings(
      facts.paths.filter(({ kind }) => kind !== 'folder').map(({ path }) => path),
      base,
    );
  refuseClashes(packages, clashes);
}

/** Refuses paths that go through something of the base that is no folder: a layer would replace it. */
export function refuseCrossings(paths: Iterable<string>, base: RootIndex): void {
  const known = new Set<string>();
  for (const path of paths) {
    for (const parent of parentsOf(path)) {
      if (known.has(parent)) continue;
      known.add(parent);
      const found = base.get(parent);
      if (found === undefined || found.kind === 'folder') continue;
      throw imageError('IMAGE_PATH_CROSSES_LINK', {
        path: `/${path}`,
        link: `/${parent}`,
        target: found.target === undefined ? '' : ` but a link to \`${found.target}\``,
      });
    }
  }
}

function refuseWhiteouts({ planned, facts }: PlacedPackage): void {
  const found = facts.paths.find(({ path }) => hidesFiles(path));
  if (found !== undefined)
    throw imageError('IMAGE_PATH_HIDES', { path: `/${found.path}`, package: describePackage(planned.node) });
}

function refuseClashes(packages: readonly PlacedPackage[], clashes: readonly string[]): void {
  if (areApart(packages)) return;
  const allowed = clashes.map((pattern) => compileGlob(pattern, 'text'));
  const owners = new Map<string, { readonly owner: PlacedPackage; readonly isFolder: boolean }>();
  for (const owner of packages) {
    for (const { path, kind } of owner.facts.paths) {
      const isFolder = kind === 'folder';
      const other = owners.get(path);
      const isClash = other !== undefined && other.owner !== owner && !(isFolder && other.isFolder);
      if (isClash && !allowed.some((isMatch) => isMatch(`/${path}`)))
        throw imageError('IMAGE_FILES_CLASH', {
          path: `/${path}`,
          one: describePackage(other.owner.planned.node),
          other: describePackage(owner.planned.node),
        });
      owners.set(path, { owner, isFolder });
    }
  }
}

/** Whether each package has all its files in its own prefix, with no other prefix inside, as Spack installs them. */
function areApart(packages: readonly PlacedPackage[]): boolean {
  // With a slash at the end, a prefix is sorted right before those below it.
  const prefixes = packages.map(({ prefix }) => `${prefix}/`).toSorted();
  if (prefixes.some((prefix, index) => index > 0 && prefix.startsWith(prefixes[index - 1] as string))) return false;
  return packages.every(({ prefix, facts }) =>
    facts.paths.every(({ path, kind }) => kind === 'folder' || isBelow(path, prefix.slice(1))),
  );
}
