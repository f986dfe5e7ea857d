import PQueue from 'p-queue';
import { checkEntry } from '../mirror/index.ts';
import type { ObjectStore, Verifier } from '../mirror/index.ts';
import type { Lockfile, SpecNode } from '../spack/index.ts';
import { generateError } from './errors.ts';

/** A mirror to look at, and what it takes for an entry there to count. */
export interface MirrorSource {
  readonly store: ObjectStore;
  /** Entries count only with a valid signature. A pull request's own mirror holds unsigned ones. */
  readonly requireSignature: boolean;
  readonly verifier?: Verifier;
}

/** What the mirrors say of one package: where it is, or why it is nowhere. */
export interface MirrorState {
  readonly present: boolean;
  /** `on file:///srv/mirror`, `missing`, or `unsigned or invalid: …` */
  readonly reason: string;
}

const AT_ONCE = 16;

/** Looks every package of a lock up, in the order of the mirrors. Externals are not looked up. */
export async function readMirrorState(
  lock: Lockfile,
  mirrors: readonly MirrorSource[],
): Promise<ReadonlyMap<string, MirrorState>> {
  for (const { store, requireSignature, verifier } of mirrors) {
    if (requireSignature && verifier === undefined) throw generateError('GENERATE_KEYS_MISSING', { mirror: store.url });
  }
  const nodes = [...lock.nodes.values()].filter((node) => node.external === undefined);
  const queue = new PQueue({ concurrency: AT_ONCE });
  const states = await queue.addAll(nodes.map((node) => async () => [node.hash, await lookUp(node, mirrors)] as const));
  return new Map(states);
}

async function lookUp(node: SpecNode, mirrors: readonly MirrorSource[]): Promise<MirrorState> {
  const { name, version, hash } = node;
  let reason = 'missing';
  for (const { store, requireSignature, verifier } of mirrors) {
    const check = await checkEntry(store, { name, version, hash }, { verifier, requireSignature });
    if (check.state === 'valid') return { present: true, reason: `on ${store.url}` };
    if (check.state === 'invalid') reason = `unsigned or invalid: ${check.reason ?? 'no reason given'}`;
  }
  return { present: false, reason };
}
