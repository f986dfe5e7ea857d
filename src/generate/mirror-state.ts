import PQueue from 'p-queue';
import {
  detectLayout,
  entryState,
  listedHashes,
  type MirrorLayout,
  type ObjectStore,
  type Verifier,
} from '../mirror/index.ts';
import type { Lockfile, SpecNode } from '../spack/index.ts';
import { generateError } from './errors.ts';

/** A mirror and the conditions for its entries to count. */
export interface MirrorSource {
  readonly store: ObjectStore;
  /** Entries count only with a valid signature. A pull request's own mirror holds unsigned ones. */
  readonly requireSignature: boolean;
  readonly verifier?: Verifier;
}

/** Where one package is, or why it is on no mirror. */
export interface MirrorState {
  readonly present: boolean;
  /** `on file:///srv/mirror`, `missing`, or `unsigned or invalid: …` */
  readonly reason: string;
  /** Bytes of its tarball, if it is present. */
  readonly size?: number;
}

const AT_ONCE = 16;
const missing: MirrorState = { present: false, reason: 'missing' };

/** Looks every package of a lock up, in the order of the mirrors, of either layout. Externals are not looked up. */
export async function readMirrorState(
  lock: Lockfile,
  mirrors: readonly MirrorSource[],
): Promise<ReadonlyMap<string, MirrorState>> {
  for (const { store, requireSignature, verifier } of mirrors) {
    if (requireSignature && verifier === undefined) throw generateError('GENERATE_KEYS_MISSING', { mirror: store.url });
  }
  const nodes = [...lock.nodes.values()].filter((node) => node.external === undefined);
  const opened = await Promise.all(mirrors.map(async (mirror) => openMirror(mirror, nodes)));
  const queue = new PQueue({ concurrency: AT_ONCE });
  const states = new Map<string, MirrorState>();
  const possible = nodes.filter(({ hash }) => opened.some((mirror) => mayHold(mirror, hash)));
  await queue.addAll(possible.map((node) => async () => states.set(node.hash, await lookUp(node, opened))));
  return new Map(nodes.map(({ hash }) => [hash, states.get(hash) ?? missing]));
}

interface OpenedMirror extends MirrorSource {
  readonly layout: MirrorLayout;
  /** Hashes that it may hold; undefined: any. */
  readonly listed?: ReadonlySet<string>;
}

async function openMirror(mirror: MirrorSource, nodes: readonly SpecNode[]): Promise<OpenedMirror> {
  const layout = await detectLayout(mirror.store);
  const listed = await listedHashes(layout, new Set(nodes.map(({ name }) => name)));
  return { ...mirror, layout, listed };
}

function mayHold({ listed }: OpenedMirror, hash: string): boolean {
  return listed === undefined || listed.has(hash);
}

async function lookUp(node: SpecNode, mirrors: readonly OpenedMirror[]): Promise<MirrorState> {
  let reason = 'missing';
  for (const { store, layout, ...options } of mirrors.filter((mirror) => mayHold(mirror, node.hash))) {
    const found = await entryState(() => layout.read(node, options));
    if (found.state === 'valid') return { present: true, reason: `on ${store.url}`, size: found.entry.tarball.size };
    if (found.state === 'invalid') reason = `unsigned or invalid: ${found.reason}`;
  }
  return { present: false, reason };
}
