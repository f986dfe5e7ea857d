import type { ObjectStore } from '../../mirror/index.ts';
import type { Image, ImageTarget, ManifestBytes } from '../../oci/index.ts';
import type { Lockfile } from '../../spack/index.ts';
import { packagesOf } from '../plan.ts';
import type { ImageContents, PackageEntry } from '../plan.ts';
import type { Publishable } from '../publish.ts';
import { attachRecords, attachSignature } from './attach-records.ts';
import type { SignRecord } from './attach-records.ts';
import { makeBill } from './bill.ts';
import type { Bill, BillImage } from './bill.ts';
import type { PackageFacts } from './package-facts.ts';
import type { BuildFacts } from './provenance.ts';
import { collectFacts } from './read-recipes.ts';

export interface RecordImagesOptions {
  readonly images: Publishable;
  /** What the tag is to name: the image's manifest, or the index of several. */
  readonly top: ManifestBytes;
  readonly target: ImageTarget;
  readonly lock: Lockfile;
  /** SHA-256 of the lock, hexadecimal. */
  readonly lockDigest: string;
  /** By DAG hash. */
  readonly entries: ReadonlyMap<string, PackageEntry>;
  readonly contents?: ImageContents;
  /** The mirror that the entries are of. */
  readonly store: ObjectStore;
  /** How others know that mirror; without it the store's own URL. */
  readonly mirror?: string | undefined;
  readonly commit?: string | undefined;
  readonly source?: string | undefined;
  /** Part of the records: the same time again gives the same records. */
  readonly created: Date;
  readonly toolVersion: string;
  readonly build: Omit<BuildFacts, 'bills' | 'mirror' | 'signers'>;
  readonly sign?: SignRecord | undefined;
  /** PEM of the key that signs, where it is known before anything is signed. */
  readonly publicKey?: string | undefined;
}

/** Attaches records to every image that was made of a lock, and signs the index that names them, if there are several. */
export async function recordImages(options: RecordImagesOptions): Promise<void> {
  const { top, target, sign, publicKey, entries, store, lock } = options;
  const images = Array.isArray(options.images) ? (options.images as readonly Image[]) : [options.images as Image];
  const stored = packagesOf(lock, options.contents).flatMap((node) => {
    const tarball = entries.get(node.hash)?.tarball;
    return tarball === undefined ? [] : [{ node, tarball }];
  });
  const facts = await collectFacts(store, { lock, packages: stored });
  const signers = new Map(
    [...entries].flatMap(([hash, { signedBy }]) => (signedBy === undefined ? [] : [[hash, signedBy]])),
  );
  const build = { ...options.build, mirror: options.mirror ?? store.url, signers };
  for (const image of images) {
    const bill = billOf(image, options, facts);
    await attachRecords(target, { image: image.manifest.descriptor, bill, build, sign, publicKey });
  }
  const isIndex = images.every(({ manifest }) => manifest.descriptor.digest !== top.descriptor.digest);
  const [first] = images;
  if (!isIndex || sign === undefined || first === undefined) return;
  const bill = billOf(first, options, facts);
  const about: Bill = { ...bill, image: { ...bill.image, digest: top.descriptor.digest } };
  await attachSignature(target, { image: top.descriptor, bill: about, build, publicKey }, sign);
}

function billOf(image: Image, options: RecordImagesOptions, facts: ReadonlyMap<string, PackageFacts>): Bill {
  const { lock, entries, created, toolVersion } = options;
  return makeBill({
    lock,
    ...(options.contents === undefined ? {} : { contents: options.contents }),
    architecture: image.config.architecture,
    tarballs: new Map([...entries].map(([hash, { tarball }]) => [hash, tarball])),
    facts,
    image: aboutImage(image, options),
    created: created.toISOString().replace(/\.\d+Z$/, 'Z'),
    toolVersion,
  });
}

function aboutImage(image: Image, { target, lockDigest, commit, source }: RecordImagesOptions): BillImage {
  const annotations = annotationsOf(image);
  const [reference, digest] = [
    annotations['org.opencontainers.image.base.name'],
    annotations['org.opencontainers.image.base.digest'],
  ];
  return {
    name: target.place,
    digest: image.manifest.descriptor.digest,
    lockDigest,
    ...(reference === undefined || digest === undefined ? {} : { base: { reference, digest } }),
    ...(commit === undefined ? {} : { commit }),
    ...(source === undefined ? {} : { source }),
  };
}

function annotationsOf({ manifest }: Image): Readonly<Record<string, string>> {
  const { annotations } = JSON.parse(manifest.bytes.toString('utf8')) as { annotations?: Record<string, string> };
  return annotations ?? {};
}
