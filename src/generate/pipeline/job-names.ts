import { architectureText, compilerOf, type Lockfile, type SpecNode } from '../../spack/index.ts';

/** `short`: `name@version /hash7`. `spack`: what the Spack that wrote the lock calls its jobs. */
type Naming = 'short' | 'spack';

/** Longer names trip GitLab's lists of jobs; Spack itself cuts at 255. */
const MOST = 255;

/** Names for jobs, by hash; two that would have the same name get the whole hash. */
export function jobNames(
  lock: Lockfile,
  nodes: readonly SpecNode[],
  { naming, group }: { readonly naming: Naming; readonly group?: string },
): ReadonlyMap<string, string> {
  const suffix = group === undefined ? '' : ` ${group}`;
  const named = nodes.map((node) => [node, `${nameOf(lock, node, naming)}${suffix}`.slice(0, MOST)] as const);
  const counts = new Map<string, number>();
  for (const [, name] of named) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Map(
    named.map(([node, name]) => [
      node.hash,
      counts.get(name) === 1 ? name : `${node.name}@${node.version} /${node.hash}${suffix}`,
    ]),
  );
}

function nameOf(lock: Lockfile, node: SpecNode, naming: Naming): string {
  const begin = `${node.name}@${node.version}`;
  if (naming === 'short') return `${begin} /${node.hash.slice(0, 7)}`;
  if (lock.specfileVersion >= 5) return `${begin} /${node.hash}`;
  const compiler = compilerOf(node, lock.nodes);
  const built = compiler === undefined ? '' : ` %${compiler.name}@${compiler.version}`;
  return `${begin} /${node.hash.slice(0, 7)}${built} arch=${architectureText(node)}`;
}

/**
 * Names as Spack gave them from 0.13 to 0.18: `(specs) zlib/abcdefg 1.2.11 gcc@7.5.0 linux-ubuntu18.04-x86_64 Group`.
 */
export function legacyJobNames(
  nodes: readonly SpecNode[],
  { phase, group }: { readonly phase: (hash: string) => string; readonly group?: string },
): ReadonlyMap<string, string> {
  return new Map(
    nodes.map((node) => {
      const { name, version, hash, compiler } = node;
      const words = [
        `(${phase(hash)})`,
        `${name}/${hash.slice(0, 7)}`,
        version,
        ...(compiler === undefined ? [] : [`${compiler.name}@${compiler.version}`]),
        architectureText(node),
        ...(group === undefined ? [] : [group]),
      ];
      return [hash, words.join(' ')];
    }),
  );
}
