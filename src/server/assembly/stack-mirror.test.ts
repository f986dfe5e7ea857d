import { join } from 'node:path';
import { expect, test } from 'vitest';
import { gather } from '../../../test/support/gather.ts';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { signedMirror, testSigner, type SignedMirror } from '../../../test/support/signed-mirror.ts';
import { systemClock } from '../../kit/index.ts';
import { localNotary } from '../../../test/support/local-notary.ts';
import { silentLogger } from '../../../test/support/silent-logger.ts';
import { folderStore, indexPath, publishedKeys, v2Layout } from '../../mirror/index.ts';
import { createSigningLog } from '../../notary/index.ts';
import { readIndexFile, v2IndexKey } from '../../spack/index.ts';
import type { MirrorStorage } from './mirror-storage.ts';
import { fillLayoutV2, repairMirror, publishMirrorKeys, stackMirror } from './stack-mirror.ts';

function storageOf({ folder }: SignedMirror): MirrorStorage {
  const store = folderStore(folder, { durable: false });
  return {
    store,
    indexFile: (prefix) => indexPath(join(folder, prefix)),
    clear: async () => undefined,
    sweep: async () => undefined,
  };
}

async function open(lab: SignedMirror, layouts: readonly ('v3' | 'v2')[]) {
  const storage = storageOf(lab);
  const { signer, verifier } = lab;
  const sign = (text: string) => signer.sign(text);
  const mirror = stackMirror({ storage, layouts, verifier, sign, clock: systemClock });
  await repairMirror(storage, mirror, [{ ...signer, state: 'signing' }]);
  const signingLog = await createSigningLog(join(await temporaryFolder(), 'log.jsonl'));
  const notary = localNotary({ signer, store: storage.store, signingLog, verifier });
  const close = () => mirror.publisher('').close();
  return { mirror, parts: { stack: 'lab', notary, log: silentLogger }, close };
}

test('a stack configured to keep layout v2 too gets all that it had in v3, signed, under both indexes', async () => {
  const lab = await signedMirror();
  const { mirror, parts, close } = await open(lab, ['v3', 'v2']);
  await fillLayoutV2(mirror, parts);
  const old = v2Layout(lab.store);
  for (const node of [lab.gauge, lab.tide]) {
    const entry = await old.read(node, { verifier: lab.verifier, requireSignature: true });
    expect(entry).toMatchObject({ signedBy: lab.signer.fingerprint, id: { name: node.name } });
  }
  const index = readIndexFile((await lab.store.get(v2IndexKey))!.toString());
  expect([...index.installs.keys()].toSorted()).toEqual([lab.gauge.hash, lab.tide.hash].toSorted());
  expect((await old.keys()).map(({ fingerprint }) => fingerprint)).toEqual([lab.signer.fingerprint]);
  close();
});

test('one that keeps v3 alone gets nothing of v2', async () => {
  const lab = await signedMirror();
  const { mirror, parts, close } = await open(lab, ['v3']);
  await fillLayoutV2(mirror, parts);
  expect(await gather(lab.store.list('build_cache/'))).toEqual([]);
  close();
});

test('keys that were revoked are withdrawn from those that the mirror offers', async () => {
  const lab = await signedMirror();
  const { mirror, close } = await open(lab, ['v3', 'v2']);
  const next = await testSigner('next');
  await publishMirrorKeys(mirror, [
    { ...next, state: 'signing' },
    { ...lab.signer, state: 'revoked' },
  ]);
  const offered = [await publishedKeys(lab.store), await v2Layout(lab.store).keys()];
  expect(offered.map((keys) => keys.map(({ fingerprint }) => fingerprint))).toEqual([
    [next.fingerprint],
    [next.fingerprint],
  ]);
  close();
});
