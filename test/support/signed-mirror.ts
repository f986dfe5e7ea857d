import { join } from 'node:path';
import {
  IndexPublisher,
  folderStore,
  indexPath,
  publishKeys,
  pushEntry,
  writeLayout,
  type ObjectStore,
  type PackedTarball,
  type Verifier,
} from '../../src/mirror/index.ts';
import { createSigner, createVerifier, generateKey, type Signer } from '../../src/notary/index.ts';
import { manifestKey, type Lockfile, type SpecNode } from '../../src/spack/index.ts';
import { temporaryFolder, tinyLock, tinyTarball } from './mirror-package.ts';

/** A mirror in a folder with the tiny lock's two packages, its index and its key. */
export interface SignedMirror {
  readonly folder: string;
  readonly store: ObjectStore;
  readonly lock: Lockfile;
  readonly gauge: SpecNode;
  readonly tide: SpecNode;
  readonly tarballs: Readonly<Record<'gauge' | 'tide', PackedTarball>>;
  readonly signer: Signer;
  readonly verifier: Verifier;
  /** A publisher as the server has it; close it after use. */
  publisher(): IndexPublisher;
}

const keys = new Map<string, Promise<Signer>>();

/** A signer with a key of its own for each name, made once. */
export function testSigner(name: string): Promise<Signer> {
  const made =
    keys.get(name) ?? generateKey({ name, date: new Date(0), algorithm: 'ed25519' }).then((key) => createSigner(key));
  keys.set(name, made);
  return made;
}

export async function signedMirror({ isSigned = true }: { isSigned?: boolean } = {}): Promise<SignedMirror> {
  const folder = join(await temporaryFolder(), 'mirror');
  const store = folderStore(folder, { durable: false });
  const lock = tinyLock();
  const { gauge, tide } = lock;
  const signer = await testSigner('lab');
  const verifier = createVerifier(signer.publicKey);
  const publisher = () =>
    isSigned
      ? new IndexPublisher(
          store,
          { verifier, requireSignature: true },
          { path: indexPath(folder), sign: (text) => signer.sign(text) },
        )
      : new IndexPublisher(store, { requireSignature: false }, { path: indexPath(folder) });
  const packing = await temporaryFolder();
  const tarballs = { gauge: await tinyTarball(packing, lock, gauge), tide: await tinyTarball(packing, lock, tide) };
  await writeLayout(store);
  await publishKeys(store, [signer]);
  for (const node of [tide, gauge]) {
    const tarball = tarballs[node.name as 'gauge' | 'tide'];
    const manifest = await pushEntry(store, { lock, hash: node.hash, tarball });
    if (isSigned) await store.put(manifestKey(node), Buffer.from(await signer.sign(manifest)));
  }
  const first = publisher();
  await first.rebuild();
  first.close();
  return { folder, store, lock, gauge, tide, tarballs, signer, verifier, publisher };
}
