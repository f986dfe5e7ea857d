import type { ObjectStore } from '../../mirror/index.ts';
import type { Image, ImageTarget } from '../../oci/index.ts';
import type { BaseChange } from '../base-changes.ts';
import { imageError } from '../errors.ts';
import { timeText } from '../image-document.ts';
import { runtimeIn } from '../host-base/host-runtime.ts';
import type { ImageLock } from '../image-lock.ts';
import { packagesOf, type ImageContentKind, type PackageEntry } from '../plan.ts';
import { baseOf } from '../publish/named-base.ts';
import { imagesOf, lockLabel, platformOf, platformText, type Publishable } from '../publish/publishable.ts';
import { attachRecords, attachSigned, type SignRecord } from './attach-records.ts';
import { makeBill, type ReplacedImage } from './bill.ts';
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
  /** Part of the records: records of the same time are equal. */
  readonly created: Date;
  readonly toolVersion: string;
  readonly build: Omit<BuildFacts, 'bills' | 'mirror' | 'entries'>;
  /** The images that these replace because their bases have moved. */
  readonly rebase?: ReplacedImages;
  readonly sign?: SignRecord;
  /** PEM of the key that signs, where it is known before anything is signed. */
  readonly publicKey?: string;
}

/** What images replace that were made again of the same locks. */
export interface ReplacedImages {
  /** Digest of the image, or of the index. */
  readonly replaces: string;
  /** Who requested it: `ada (github)`, `schedule`. */
  readonly by: string;
  /** Of each platform. */
  readonly bases: readonly BaseChange[];
}

/**
 * Attaches records to every image that was made of locks. An index that names the images gets a signature and a
 * provenance of its own, which names the images.
 */
export async function recordImages(options: RecordImagesOptions): Promise<void> {
  const {
    images,
    target,
    locks,
    entries,
    store,
    mirror = store.url,
    commit,
    source,
    sign,
    publicKey,
    rebase,
  } = options;
  const created = timeText(options.created);
  const facts = await readFacts(options);
  const about = { name: target.location, commit, source };
  for (const image of imagesOf(images)) {
    const { descriptor } = image.manifest;
    // The base of another platform has moved; this image is the same, and has its records.
    if (rebase?.bases.some((one) => one.image === descriptor.digest) === true) continue;
    const { lock, digest } = lockOf(image, locks);
    const bill = makeBill({
      ...options,
      lock,
      architecture: image.config.architecture,
      facts,
      image: {
        ...about,
        digest: descriptor.digest,
        locks: [digest],
        base: baseOf(image),
        runtime: runtimeIn(image),
        rebaseOf: replacedBy(image, rebase),
      },
      created,
    });
    const build = { ...options.build, mirror, entries };
    await attachRecords(target, { image: descriptor, bill, build, sign, publicKey });
  }
  if (!('index' in images) || sign === undefined) return;
  const { descriptor } = images.index;
  const rebaseOf = rebase && { digest: rebase.replaces, requestedBy: rebase.by };
  const index = { ...about, digest: descriptor.digest, locks: locks.map(({ digest }) => digest), rebaseOf };
  const statement = indexStatement(images, { ...options, image: index, created });
  await attachSigned(target, { image: descriptor, about: index, statement, sign, publicKey });
}

/** Returns the image for the same platform that an image replaces. */
function replacedBy(image: Image, rebase: ReplacedImages | undefined): ReplacedImage | undefined {
  const platform = platformText(platformOf(image));
  const before = rebase?.bases.find((one) => one.platform === platform);
  if (rebase === undefined || before === undefined) return undefined;
  const base = { reference: before.reference, digest: before.before };
  return { digest: before.image, base, requestedBy: rebase.by };
}

/** Reads facts about the packages from their recipes, by DAG hash. */
async function readFacts(options: RecordImagesOptions): Promise<ReadonlyMap<string, PackageFacts>> {
  const { locks, contents, entries, store } = options;
  const facts = new Map<string, PackageFacts>();
  for (const { lock } of locks) {
    const packages = packagesOf(lock, contents).flatMap((node) => {
      const tarball = entries.get(node.hash)?.tarball;
      return tarball === undefined ? [] : [{ node, tarball }];
    });
    for (const [hash, found] of await collectFacts(store, lock, packages)) facts.set(hash, found);
  }
  return facts;
}

/** The lock that the image names. */
function lockOf(image: Image, locks: readonly ImageLock[]): ImageLock {
  const label = lockLabel(image);
  const found = locks.find(({ digest }) => label === `sha256:${digest}`);
  if (found !== undefined) return found;
  throw imageError('IMAGE_LOCK_UNKNOWN', { image: image.manifest.descriptor.digest, lock: label ?? 'none' });
}
