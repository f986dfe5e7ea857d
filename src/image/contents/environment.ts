import { closure } from '../../spack/index.ts';
import type { Lockfile } from '../../spack/index.ts';
import type { LayerEntry } from '../layers/own-layer.ts';
import type { PlacedPackage } from './placed-package.ts';

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

/** Folders to put before what the base has in a variable, the first to be looked into first. */
export type PathVariables = ReadonlyMap<string, readonly string[]>;

interface Prefix {
  /** Absolute. */
  readonly path: string;
  has(folder: string): boolean;
}

/** What loading the roots would set: theirs first, in the lock's order, then what they need to run. */
export function loadedVariables(lock: Lockfile, packages: readonly PlacedPackage[]): PathVariables {
  const byHash = new Map(packages.map((one) => [one.planned.node.hash, one]));
  const run = closure(
    lock,
    lock.roots.map(({ hash }) => hash),
    ['run'],
  );
  const needed = packages.toReversed().filter(({ planned }) => run.has(planned.node.hash));
  const roots = lock.roots.map(({ hash }) => byHash.get(hash)).filter((one) => one !== undefined);
  return inspect([...new Set([...roots, ...needed])].map(prefixOf));
}

/** What activating an environment with this view would set. */
export function viewVariables(root: string, entries: readonly LayerEntry[]): PathVariables {
  const paths = new Set(entries.map(({ path }) => `/${path}`));
  return inspect([{ path: root, has: (folder) => paths.has(folder === '' ? root : `${root}/${folder}`) }]);
}

function prefixOf({ prefix, facts }: PlacedPackage): Prefix {
  const paths = new Set(facts.paths.map(({ path }) => `/${path}`));
  return { path: prefix, has: (folder) => folder === '' || paths.has(`${prefix}/${folder}`) };
}

function inspect(prefixes: readonly Prefix[]): PathVariables {
  const variables = new Map<string, string[]>();
  for (const [folder, variable] of inspections) {
    for (const prefix of prefixes) {
      if (!prefix.has(folder)) continue;
      const list = variables.get(variable) ?? [];
      variables.set(variable, [...list, folder === '' ? prefix.path : `${prefix.path}/${folder}`]);
    }
  }
  return variables;
}
