import { readEntry } from '../../mirror/index.ts';
import type { ObjectStore, ReadOptions } from '../../mirror/index.ts';
import { diffIdOf, hexOf, layersOf } from '../../oci/index.ts';
import type { Image } from '../../oci/index.ts';
import { joinedDiffId } from '../layers/package-layers.ts';
import { packageBlob } from '../package-blob.ts';
import type { PackageTarball } from '../plan.ts';
import { layerOrigins } from './layer-origins.ts';
import type { RecordFinding, RecordedEntry } from './verify-records.ts';

/**
 * Compares an image with the mirror that it was made of: every entry that the provenance names is there, signed, with the
 * same tarball, and every layer of packages has their bytes: the tarball itself, or several joined into one.
 */
export async function verifyEntries(
  image: Image,
  entries: readonly RecordedEntry[],
  { store, read }: { readonly store: ObjectStore; readonly read: ReadOptions },
): Promise<readonly RecordFinding[]> {
  const findings: RecordFinding[] = [];
  const tarballs = new Map<string, PackageTarball>();
  for (const entry of entries) {
    const found = await readEntry(store, identityOf(entry), { ...read, requireSignature: true });
    const fail = (message: string): void => void findings.push({ kind: 'layer', where: entry.name, message });
    if (found === undefined) fail(`the mirror ${store.url} has no such entry, or nobody signed it`);
    else if (found.tarball.sha256 !== entry.sha256) fail('the mirror has another tarball than the image was made of');
    else tarballs.set(entry.hash, found.tarball);
  }
  return [...findings, ...(await checkBytes(image, entries, { store, tarballs }))];
}

async function checkBytes(
  image: Image,
  entries: readonly RecordedEntry[],
  { store, tarballs }: { readonly store: ObjectStore; readonly tarballs: ReadonlyMap<string, PackageTarball> },
): Promise<readonly RecordFinding[]> {
  const findings: RecordFinding[] = [];
  const layers = layersOf(image);
  for (const [
    index,
    {
      descriptor: { digest },
      from,
      packages,
    },
  ] of layerOrigins(image).entries()) {
    if (from !== 'packages') continue;
    const own = packages.flatMap((name) => entries.find((one) => one.name.startsWith(name)) ?? []);
    const known = own.flatMap((one) => {
      const tarball = tarballs.get(one.hash);
      return tarball === undefined ? [] : [{ node: identityOf(one), tarball }];
    });
    const layer = layers[index];
    // What is missing was told above.
    if (layer === undefined || known.length === 0 || known.length < packages.length) continue;
    if (known.length === 1 && known[0]?.tarball.sha256 === hexOf(digest)) continue;
    const blobs = known.map((one) => packageBlob(store, one));
    if ((await joinedDiffId(blobs)) !== (await diffIdOf(layer))) {
      const message = `its files are not those of ${own.map(({ name }) => name).join(', ')} as the mirror has them`;
      findings.push({ kind: 'layer', where: `layer ${index + 1}`, message });
    }
  }
  return findings;
}

function identityOf({ name, hash }: RecordedEntry): { name: string; version: string; hash: string } {
  const at = name.indexOf('@');
  return { name: name.slice(0, at), version: name.slice(at + 1, name.lastIndexOf('/')), hash };
}
