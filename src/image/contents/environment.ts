import type { EnvironmentChange, Lockfile } from '../../spack/index.ts';
import type { LayerEntry } from '../layers/layer-tar.ts';
import { runClosure, type PlacedPackage } from './placed-package.ts';
import { runChanges } from './run-changes.ts';

/** Folders of a prefix and the variables that they go into: Spack's default `prefix_inspections`. */
const inspections: readonly (readonly [folder: string, variable: string])[] = [
  ['bin', 'PATH'],
  ['man', 'MANPATH'],
  ['share/man', 'MANPATH'],
  ['share/aclocal', 'ACLOCAL_PATH'],
  ['lib/pkgconfig', 'PKG_CONFIG_PATH'],
  ['lib64/pkgconfig', 'PKG_CONFIG_PATH'],
  ['share/pkgconfig', 'PKG_CONFIG_PATH'],
  ['', 'CMAKE_PREFIX_PATH'],
];

interface Prefix {
  /** Absolute. */
  readonly path: string;
  has(folder: string): boolean;
}

/**
 * Returns the changes of loading the roots: first their folders, in the lock's order, then those of what they need to
 * run, then the changes that packages record.
 */
export function loadedChanges(lock: Lockfile, packages: readonly PlacedPackage[]): readonly EnvironmentChange[] {
  const byHash = new Map(packages.map((one) => [one.planned.node.hash, one]));
  const run = runClosure(lock);
  const needed = packages.toReversed().filter(({ planned }) => run.has(planned.node.hash));
  const roots = lock.roots.map(({ hash }) => byHash.get(hash)).filter((one) => one !== undefined);
  return [
    ...inspect([...new Set([...roots, ...needed])].map(prefixOf)),
    ...runChanges(packages, ({ prefix }) => prefix),
  ];
}

interface LinkedPackages {
  /** Of the view. */
  readonly entries: readonly LayerEntry[];
  /** All of the image. */
  readonly packages: readonly PlacedPackage[];
  isLinked(one: PlacedPackage): boolean;
}

/**
 * Returns the changes of activating an environment with this view. For packages in the view, its root takes the place
 * of their prefixes.
 */
export function viewChanges(
  root: string,
  { entries, packages, isLinked }: LinkedPackages,
): readonly EnvironmentChange[] {
  const paths = new Set(entries.map(({ path }) => `/${path}`));
  const folders = inspect([{ path: root, has: (folder) => paths.has(folder === '' ? root : `${root}/${folder}`) }]);
  return [...folders, ...runChanges(packages, (one) => (isLinked(one) ? root : one.prefix))];
}

function prefixOf({ prefix, facts }: PlacedPackage): Prefix {
  const paths = new Set(facts.paths.map(({ path }) => `/${path}`));
  return { path: prefix, has: (folder) => folder === '' || paths.has(`${prefix}/${folder}`) };
}

/** The first folder of the first prefix is to be looked into first, so that it is put before the others last. */
function inspect(prefixes: readonly Prefix[]): readonly EnvironmentChange[] {
  const names = [...new Set(inspections.map(([, name]) => name))];
  return names.flatMap((name) => {
    const folders = inspections.filter(([, variable]) => variable === name).map(([folder]) => folder);
    const found = folders.flatMap((folder) =>
      prefixes.filter((one) => one.has(folder)).map(({ path }) => (folder === '' ? path : `${path}/${folder}`)),
    );
    return found.toReversed().map((value) => ({ action: 'prepend-path' as const, name, value, separator: ':' }));
  });
}
