import type { ObjectStore } from '../../mirror/index.ts';
import type { Image, ImageTarget } from '../../oci/index.ts';
import { imageError } from '../errors.ts';
import type { ImageLock } from '../image-lock.ts';
import { packagesOf, type ImageContentKind, type PackageEntry } from '../plan.ts';
import { annotationsOf, imagesOf, type ImageSet, type Publishable } from '../publish/publishable.ts';
import { attachProvenance, attachRecords, attachSignature, type SignRecord } from './attach-records.ts';
import { makeBill, type Bill, type BillImage } from './bill.ts';
import type { PackageFacts } from './package-facts.ts';
import { indexStatement, type BuildFacts } from './provenance.ts';
import { collectFacts } from './read-recipes.ts';

export interface RecordImagesOptions {
  readonly images: Publishable;
  readonly target: ImageTarget;
  /** Those that the images are of. */
  readonly locks: readonly ImageLock[];
  /** By DAG hash. */
  readonly entries: ReadonlyMap<string, PackageEntry>;
  readonly contents?: ImageContentKind;
  /** The mirror that the entries are of. */
  readonly store: ObjectStore;
  /** How others know that mirror; without it the store's own URL. */
  readonly mirror?: string;
  readonly commit?: string;
  readonly source?: string;
  /** Part of the records: the same time again gives the same records. */
  readonly created: Date;
  readonly toolVersion: string;
  readonly build: Omit<BuildFacts, 'bills' | 'mirror' | 'signers'>;
  readonly sign?: SignRecord;
  /** PEM of the key that signs, where it is known before anything is signed. */
  readonly publicKey?: string;
}

/**
 * Attaches records to every image that was made of locks, and to the index that names them a signature and a provenance
 * of its own.
 */
export async function recordImages(options: RecordImagesOptions): Promise<void> {
  const { images, target, sign, publicKey, entries, store, locks } = options;
  const facts = new Map<ImageLock, ReadonlyMap<string, PackageFacts>>();
  for (const lock of locks) facts.set(lock, await factsOf(lock, options));
  const signers = new Map(
    [...entries].flatMap(([hash, { signedBy }]) => (signedBy === undefined ? [] : [[hash, signedBy]])),
  );
  const build = { ...options.build, mirror: options.mirror ?? store.url, signers };
  for (const image of imagesOf(images)) {
    const lock = lockOf(image, locks);
    const bill = billOf(image, { ...options, lock, facts: facts.get(lock) ?? new Map() });
    await attachRecords(target, { image: image.manifest.descriptor, bill, build, sign, publicKey });
  }
  if ('index' in images && sign !== undefined) await recordIndex(images, options, sign);
}

/** What the index names has bills and a provenance each; its own says which images it names. */
async function recordIndex(set: ImageSet, options: RecordImagesOptions, sign: SignRecord): Promise<void> {
  const { target, commit, source, build, locks, publicKey } = options;
  const image = set.index.descriptor;
  const about = {
    name: target.location,
    digest: image.digest,
    locks: locks.map(({ digest }) => digest),
    commit,
    source,
  };
  const created = timeText(options.created);
  const statement = JSON.stringify(indexStatement(set, { ...build, about, created, toolVersion: options.toolVersion }));
  await attachProvenance(target, { image, publicKey }, { statement, sign });
  await attachSignature(target, { image, about, publicKey }, sign);
}

function factsOf(
  { lock }: ImageLock,
  { contents, entries, store }: RecordImagesOptions,
): Promise<ReadonlyMap<string, PackageFacts>> {
  const packages = packagesOf(lock, contents).flatMap((node) => {
    const tarball = entries.get(node.hash)?.tarball;
    return tarball === undefined ? [] : [{ node, tarball }];
  });
  return collectFacts(store, { lock, packages });
}

/** The one that the image says it is of. */
function lockOf(image: Image, locks: readonly ImageLock[]): ImageLock {
  const said = image.config.config?.Labels?.['io.slipway.lock'] ?? annotationsOf(image)['io.slipway.lock'];
  const found = locks.find(({ digest }) => said === `sha256:${digest}`);
  if (found === undefined)
    throw imageError('IMAGE_LOCK_UNKNOWN', { image: image.manifest.descriptor.digest, lock: said ?? 'none' });
  return found;
}

function billOf(
  image: Image,
  options: RecordImagesOptions & { readonly lock: ImageLock; readonly facts: ReadonlyMap<string, PackageFacts> },
): Bill {
  const { lock, entries, created, toolVersion, facts } = options;
  return makeBill({
    lock: lock.lock,
    contents: options.contents,
    architecture: image.config.architecture,
    tarballs: new Map([...entries].map(([hash, { tarball }]) => [hash, tarball])),
    facts,
    image: aboutImage(image, options),
    created: timeText(created),
    toolVersion,
  });
}

function aboutImage(
  image: Image,
  { target, lock, commit, source }: RecordImagesOptions & { readonly lock: ImageLock },
): BillImage {
  const annotations = annotationsOf(image);
  const [reference, digest] = [
    annotations['org.opencontainers.image.base.name'],
    annotations['org.opencontainers.image.base.digest'],
  ];
  return {
    name: target.location,
    digest: image.manifest.descriptor.digest,
    lockDigest: lock.digest,
    base: reference === undefined || digest === undefined ? undefined : { reference, digest },
    commit,
    source,
  };
}

/** RFC 3339, whole seconds. */
function timeText(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
