import { readEntry, type Entry, type GrowElf, type ObjectStore, type ReadOptions } from '../../mirror/index.ts';
import { diffIdOf, layersOf, type Blob, type Image } from '../../oci/index.ts';
import { joinedDiffId, readPackage } from '../layers/package-layers.ts';
import { packageBlob } from '../package-blob.ts';
import { layerOrigins } from './layer-origins.ts';
import { relocatedAgain } from './relocated-again.ts';
import type { RecordFinding, ProvenanceEntry, RecordsReport } from './verify-records.ts';

interface VerifyEntriesOptions {
  readonly store: ObjectStore;
  readonly read: ReadOptions;
  /** An existing folder for packages that must be relocated once more. */
  readonly temporary: string;
  readonly growElf?: GrowElf;
}

/**
 * Compares an image with the mirror that it was made of: every entry that the provenance names is there, signed, with
 * the same tarball, and every layer of packages has their bytes: the tarball itself, several joined into one, or what
 * the tarballs become when they are relocated to the install tree that the provenance names.
 */
export async function verifyEntries(
  image: Image,
  { entries, root }: Pick<RecordsReport, 'entries' | 'root'>,
  { store, read, temporary, growElf }: VerifyEntriesOptions,
): Promise<readonly RecordFinding[]> {
  const findings: RecordFinding[] = [];
  const found = new Map<string, Entry>();
  for (const recorded of entries) {
    const entry = await readEntry(store, readPackage(recorded.name), { ...read, requireSignature: true });
    const fail = (message: string): void => void findings.push({ kind: 'layer', where: recorded.name, message });
    if (entry === undefined) fail(`the mirror ${store.url} has no such entry, or it is not signed`);
    else if (entry.tarball.sha256 !== recorded.sha256)
      fail('the mirror has another tarball than the image was made of');
    else found.set(recorded.hash, entry);
  }
  const check = (blobs: ReadonlyMap<string, Blob>) => checkBytes(image, entries, blobs);
  if (root === undefined) return [...findings, ...(await check(storedBlobs(store, found)))];
  // A package is relocated with all that it links and runs: where some of that is missing, nothing can be compared.
  if (found.size < entries.length) return findings;
  return relocatedAgain([...found.values()], { store, root, temporary, growElf }, check);
}

function storedBlobs(store: ObjectStore, entries: ReadonlyMap<string, Entry>): ReadonlyMap<string, Blob> {
  return new Map(
    [...entries].map(([hash, { spec, tarball }]) => [hash, packageBlob(store, { node: spec.nodes[0], tarball })]),
  );
}

async function checkBytes(
  image: Image,
  entries: readonly ProvenanceEntry[],
  blobs: ReadonlyMap<string, Blob>,
): Promise<readonly RecordFinding[]> {
  const findings: RecordFinding[] = [];
  const layers = layersOf(image);
  for (const [index, { from, packages }] of layerOrigins(image).entries()) {
    if (from !== 'packages') continue;
    const own = packages.flatMap((name) => entries.find((one) => one.name.startsWith(name)) ?? []);
    const known = own.flatMap(({ hash }) => blobs.get(hash) ?? []);
    const layer = layers[index];
    // Missing entries are reported by the caller.
    if (layer === undefined || known.length === 0 || known.length < packages.length) continue;
    if (await isMadeOf(layer, known)) continue;
    const message = `its files are not those of ${own.map(({ name }) => name).join(', ')} as the mirror has them`;
    findings.push({ kind: 'layer', where: `layer ${index + 1}`, message });
  }
  return findings;
}

async function isMadeOf(layer: Blob, blobs: readonly Blob[]): Promise<boolean> {
  const [only] = blobs;
  if (blobs.length === 1 && only?.descriptor.digest === layer.descriptor.digest) return true;
  return (await joinedDiffId(blobs)) === (await diffIdOf(layer));
}
