import { readSpecFile, type SpecNode } from '../../spack/index.ts';

/** Prefixes that packages of this closure have beside `prefix`: in the same folder, or at their external paths. */
export function siblingPrefixes(prefix: string, nodes: readonly SpecNode[]): readonly string[] {
  const folder = prefix.slice(0, prefix.lastIndexOf('/'));
  return nodes.map((node) => node.external?.path ?? `${folder}/${node.name}-${node.version}-${node.hash}`);
}

/** The same for the spec file's text that an archive holds; none if there is no text or it cannot be read. */
export function dependencyPrefixes(prefix: string, specText: string | undefined): readonly string[] {
  if (specText === undefined) return [];
  try {
    return siblingPrefixes(prefix, readSpecFile(specText).nodes);
  } catch {
    return []; // the check of the spec file itself reports it
  }
}
