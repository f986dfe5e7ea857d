import { posix } from 'node:path';
import { closure, dependents, type Lockfile } from '../spack/index.ts';

/**
 * Hashes that a change of these packages' recipes may touch: the packages, what depends on them up to `depth` steps
 * away (0: none; without one: all), and whatever these depend on. A negative depth touches nothing. As Spack does for
 * SPACK_PRUNE_UNTOUCHED and SPACK_PRUNE_UNTOUCHED_DEPENDENT_DEPTH.
 */
export function touchedPackages(lock: Lockfile, names: ReadonlySet<string>, depth?: number): ReadonlySet<string> {
  if (depth !== undefined && depth < 0) return new Set();
  const users = dependents(lock);
  const reached = new Set([...lock.nodes.values()].filter((node) => names.has(node.name)).map((node) => node.hash));
  let wave = [...reached];
  for (let step = 0; wave.length > 0 && step < (depth ?? Infinity); step += 1) {
    const next = new Set(wave.flatMap((hash) => users.get(hash) ?? []).filter((hash) => !reached.has(hash)));
    for (const hash of next) reached.add(hash);
    wave = [...next];
  }
  return closure(lock, reached, ['build', 'link', 'run', 'test']);
}

/**
 * The packages whose recipes are at these paths: `…/packages/<name>/…` of a Spack repository (1.x writes `_` for `-`
 * there, and `_7zip` for `7zip`), and `recipes/<name>.yaml`.
 */
export function packagesAt(paths: readonly string[]): ReadonlySet<string> {
  return new Set(
    paths.flatMap((path) => {
      const folder = /(?:^|\/)packages\/([^/]+)\//.exec(path)?.[1];
      if (folder !== undefined) return [folder, folder.replace(/^_+/, '').replaceAll('_', '-')];
      const recipe = /(?:^|\/)recipes\/([^/]+)\.ya?ml$/.exec(path)?.[1];
      return recipe === undefined ? [] : [recipe];
    }),
  );
}

/**
 * Whether the stack itself is among what changed, or the configuration that it includes (files, or folders of them;
 * relative to where the paths are): then everything is looked at.
 */
export function isStackTouched(paths: readonly string[], scopes: readonly string[] = []): boolean {
  const configuration = new Set(scopes);
  return paths.some(
    (path) =>
      /(?:^|\/)(?:spack\.yaml|spack\.lock|\.gitlab-ci\.yml)$/.test(path) ||
      configuration.has(path) ||
      configuration.has(posix.dirname(path)),
  );
}
