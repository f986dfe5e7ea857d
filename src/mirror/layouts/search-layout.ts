import { satisfies, type AbstractSpec, type BuildcacheName, type SpecNode } from '../../spack/index.ts';
import { ifReadable } from '../catalog/read-index.ts';
import { entryName } from '../entries/blob-records.ts';
import { entryState } from '../entries/entry.ts';
import { inFlight } from '../maintenance/in-flight.ts';
import type { MirrorLayout } from './layout.ts';

const AT_ONCE = 16;

interface Searched {
  readonly found: readonly BuildcacheName[];
  /** Entries whose spec is neither in the index nor readable. */
  readonly unreadable: readonly string[];
}

/**
 * Returns the packages of a mirror that a spec matches. Reads only entries that the index lacks, and verifies nothing.
 */
export async function searchLayout(layout: MirrorLayout, spec: AbstractSpec): Promise<Searched> {
  const known = await indexedNodes(layout);
  const found: BuildcacheName[] = [];
  const unreadable: string[] = [];
  const look = async (id: BuildcacheName) => ({ id, nodes: known.has(id.hash) ? known : await nodesOf(layout, id) });
  for await (const { id, nodes } of inFlight(named(layout, spec), AT_ONCE, look)) {
    const node = nodes?.get(id.hash);
    if (nodes === undefined || node === undefined) unreadable.push(entryName(id));
    else if (satisfies(node, spec, nodes)) found.push({ name: node.name, version: node.version, hash: node.hash });
  }
  return { found, unreadable };
}

async function* named(layout: MirrorLayout, { name, hash }: AbstractSpec): AsyncIterable<BuildcacheName> {
  for await (const id of layout.list()) {
    if (name !== undefined && name !== id.name) continue;
    if (hash === undefined || id.hash.startsWith(hash)) yield id;
  }
}

async function indexedNodes(layout: MirrorLayout): Promise<ReadonlyMap<string, SpecNode>> {
  const index = await ifReadable(layout.index());
  return new Map([...(index?.installs ?? [])].map(([hash, { spec }]) => [hash, withCompiler(spec)]));
}

/** An index of Spack 1.x keeps the compiler that older spec files name as an annotation. */
function withCompiler(node: SpecNode): SpecNode {
  const annotation = node.annotations?.compiler;
  const [, name, version] = (typeof annotation === 'string' && /^([^@]+)@=?([^@=:,]+)$/.exec(annotation)) || [];
  return name === undefined || version === undefined ? node : { ...node, compiler: { name, version } };
}

async function nodesOf(layout: MirrorLayout, id: BuildcacheName): Promise<ReadonlyMap<string, SpecNode> | undefined> {
  const checked = await entryState(() => layout.read(id, { requireSignature: false }));
  return checked.state === 'valid' ? new Map(checked.entry.spec.nodes.map((node) => [node.hash, node])) : undefined;
}
