import { SlipwayError } from '../../kit/index.ts';
import {
  indexManifestKey,
  readIndexFile,
  satisfies,
  v2IndexKey,
  type AbstractSpec,
  type BuildcacheName,
  type SpecNode,
} from '../../spack/index.ts';
import { getDocument } from '../archive/plain-document.ts';
import { inFlight } from '../maintenance/in-flight.ts';
import { entryName } from '../entries/blob-records.ts';
import type { MirrorLayout } from './layout.ts';

const AT_ONCE = 16;
const anyhow = { requireSignature: false };

interface Searched {
  readonly found: readonly BuildcacheName[];
  /** Entries that neither the index nor their own spec file tells of. */
  readonly unreadable: readonly string[];
}

/**
 * The packages of a mirror that a spec matches. Its index answers for what it names; only entries that it lacks are
 * read. Nothing is verified: whoever takes one of them does that.
 */
export async function searchLayout(layout: MirrorLayout, wanted: AbstractSpec): Promise<Searched> {
  const known = await indexedNodes(layout);
  const found: BuildcacheName[] = [];
  const unreadable: string[] = [];
  const look = async (id: BuildcacheName) => ({ id, nodes: known.has(id.hash) ? known : await nodesOf(layout, id) });
  for await (const { id, nodes } of inFlight(named(layout, wanted), AT_ONCE, look)) {
    const node = nodes?.get(id.hash);
    if (nodes === undefined || node === undefined) unreadable.push(entryName(id));
    else if (satisfies(node, wanted, nodes)) found.push({ name: node.name, version: node.version, hash: node.hash });
  }
  return { found, unreadable };
}

async function* named(layout: MirrorLayout, { name, hash }: AbstractSpec): AsyncIterable<BuildcacheName> {
  for await (const id of layout.list()) {
    if (name !== undefined && name !== id.name) continue;
    if (hash === undefined || id.hash.startsWith(hash)) yield id;
  }
}

async function indexedNodes({ kind, store }: MirrorLayout): Promise<ReadonlyMap<string, SpecNode>> {
  try {
    const text =
      kind === 'v2' ? (await store.get(v2IndexKey))?.toString() : (await getDocument(store, indexManifestKey))?.text;
    const installs = text === undefined ? [] : [...readIndexFile(text).installs];
    return new Map(installs.map(([hash, { spec }]) => [hash, withCompiler(spec)]));
  } catch (error) {
    if (error instanceof SlipwayError && error.code.startsWith('MIRROR_STORE_')) throw error;
    return new Map(); // an index that can not be read answers nothing
  }
}

/** An index of Spack 1.x keeps the compiler that older spec files name as an annotation. */
function withCompiler(node: SpecNode): SpecNode {
  const said = node.annotations?.compiler;
  const [, name, version] = (typeof said === 'string' && /^([^@]+)@=?([^@=:,]+)$/.exec(said)) || [];
  return name === undefined || version === undefined ? node : { ...node, compiler: { name, version } };
}

async function nodesOf(layout: MirrorLayout, id: BuildcacheName): Promise<ReadonlyMap<string, SpecNode> | undefined> {
  try {
    const entry = await layout.read(id, anyhow);
    return entry && new Map(entry.spec.nodes.map((node) => [node.hash, node]));
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.code.startsWith('MIRROR_STORE_')) throw error;
    return undefined;
  }
}
