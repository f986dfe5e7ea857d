import { existsSync } from 'node:fs';
import { V2Mirror, type StackMirror } from '../../coordinator/index.ts';
import {
  IndexPublisher,
  PackageCatalog,
  prefixedStore,
  publishKeys,
  writeLayout,
  type SignText,
  type Verifier,
} from '../../mirror/index.ts';
import { hasCode, messageOf, type Clock, type Logger } from '../../kit/index.ts';
import type { KnownKey, Notary } from '../../notary/index.ts';
import type { MirrorStorage } from './mirror-storage.ts';

interface StackMirrorOptions {
  readonly storage: MirrorStorage;
  readonly layouts: readonly ('v3' | 'v2')[];
  /** Accepts the valid signatures of the protected root. */
  readonly verifier: Verifier;
  /** Signs the statement beside the protected root's index. */
  readonly sign: SignText;
  readonly clock: Clock;
}

/** Returns the roots of a stack's mirror: the protected one, whose entries are signed, and those of pull requests. */
export function stackMirror({ storage, layouts, verifier, sign, clock }: StackMirrorOptions): StackMirror {
  const publishers = new Map<string, IndexPublisher>();
  const catalogs = new Map<string, PackageCatalog>();
  const v2Mirrors = new Map<string, V2Mirror>();
  const prepared = new Set<string>();
  const root = (prefix: string) => (prefix === '' ? storage.store : prefixedStore(storage.store, prefix));
  const publisher = (prefix: string) => {
    const path = storage.indexFile(prefix);
    const make = () =>
      prefix === ''
        ? new IndexPublisher(root(''), { verifier, requireSignature: true }, { path, sign, clock })
        : new IndexPublisher(root(prefix), { requireSignature: false }, { path });
    return remembered(publishers, prefix, make);
  };
  return {
    whole: storage.store,
    root,
    publisher,
    catalog: (prefix) => remembered(catalogs, prefix, () => new PackageCatalog(publisher(prefix))),
    v2: (prefix) =>
      layouts.includes('v2')
        ? remembered(v2Mirrors, prefix, () => new V2Mirror(root(prefix), publisher(prefix)))
        : undefined,
    prepare: async (prefix) => {
      if (prepared.has(prefix)) return;
      await writeLayout(root(prefix));
      prepared.add(prefix);
    },
    removeRequest: async (folder) => {
      const prefix = `pr/${folder}`;
      publishers.get(prefix)?.close();
      for (const known of [publishers, catalogs, v2Mirrors, prepared]) known.delete(prefix);
      await storage.clear(prefix);
    },
  };
}

function remembered<T>(known: Map<string, T>, prefix: string, make: () => T): T {
  const found = known.get(prefix) ?? make();
  known.set(prefix, found);
  return found;
}

/** Completes what a crash interrupted, and publishes the keys that entries are signed with. */
export async function repairMirror(
  storage: MirrorStorage,
  mirror: StackMirror,
  keys: readonly KnownKey[],
): Promise<void> {
  const isRecorded = existsSync(storage.indexFile(''));
  await storage.sweep();
  await mirror.prepare('');
  await publishMirrorKeys(mirror, keys);
  // A mirror without an index gets one from all its entries, once.
  if (isRecorded) await mirror.publisher('').heal();
  else await mirror.publisher('').rebuild();
}

/** Publishes the valid keys to clients of the mirror, and removes those that were revoked. */
export async function publishMirrorKeys(mirror: StackMirror, keys: readonly KnownKey[]): Promise<void> {
  const valid = keys.filter(({ state }) => state !== 'revoked');
  const revoked = keys.filter(({ state }) => state === 'revoked').map(({ fingerprint }) => fingerprint);
  await publishKeys(mirror.root(''), valid, revoked);
  await mirror.v2('')?.publishKeys(valid, revoked);
}

/** Writes entries that exist in layout v3 only in v2 too: all of them, once `layouts` of a stack has got `v2`. */
export async function fillLayoutV2(
  mirror: StackMirror,
  { stack, notary, log }: { stack: string; notary: Notary; log: Logger },
): Promise<void> {
  const v2Mirror = mirror.v2('');
  if (v2Mirror === undefined) return;
  const present = await v2Mirror.hashes();
  const { installs } = await mirror.publisher('').current();
  for (const [hash, { spec, in_buildcache: isPresent }] of installs) {
    if (!isPresent || present.has(hash)) continue;
    const { name, version } = spec;
    try {
      const { specFile } = await notary.renew({ stack, name, version, hash, withSpecFile: true });
      if (specFile !== undefined) await v2Mirror.write(specFile);
    } catch (error) {
      if (hasCode(error, 'NOTARY_UNREACHABLE')) throw error;
      log.warn({ stack, name, hash, error: messageOf(error) }, 'an entry could not be written in layout v2');
    }
  }
  await v2Mirror.publish();
}
