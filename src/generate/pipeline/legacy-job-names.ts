import { architectureText, type SpecNode } from '../../spack/index.ts';

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
