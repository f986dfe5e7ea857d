import { createReadStream } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { BoundedMap, Serial, atomicWrite, exists, hasCode, ifExists } from '../kit/index.ts';
import { hexOf, isDigest, type Descriptor } from './descriptor.ts';
import { ociError } from './errors.ts';
import type { Blob, ManifestBytes } from './image.ts';
import { guardWrite, writeBlob } from './layout-blobs.ts';
import {
  findManifest,
  manifestsOf,
  readLayoutIndex,
  repositoriesIn,
  tagsOf,
  withTag,
  withUntagged,
  withoutTag,
  withoutUntagged,
  writeLayoutIndex,
} from './layout-index.ts';
import { neededBlobs, sweepBlobs, type BlobUses } from './layout-sweep.ts';
import { isRepositoryName, isTag } from './reference.ts';

/**
 * An OCI image layout: a folder of blobs that several repositories share, and an `index.json` of what is tagged.
 * Readers always see whole blobs and a whole index. Calls of one process may overlap; tags of one folder should
 * be written by one process only.
 */
export interface Layout {
  readonly path: string;
  /**
   * Whether a blob is there, for a caller who is about to name it: it is kept for some hours, whatever is removed
   * meanwhile.
   */
  keeps(descriptor: Descriptor): Promise<boolean>;
  /** A stream of a blob, or of its bytes `start` to `end` inclusive; not checked. `undefined` if there is none. */
  openBlob(digest: string, range?: { start: number; end: number }): Promise<Readable | undefined>;
  sizeOf(digest: string): Promise<number | undefined>;
  /** Puts checked bytes in; by hard link where the blob is a file on the same disk. */
  writeBlob(blob: Blob): Promise<void>;
  /** Stores a manifest and then moves the tag to it; with its digest for a reference, no tag moves. */
  putManifest(name: LayoutName, manifest: ManifestBytes): Promise<void>;
  /**
   * Takes a tag away, or a manifest that no tag of the repository names; false if there is none. With a manifest go the
   * blobs that nothing in the layout needs any more, but for what was put or `keeps` in the last hours.
   */
  removeManifest(name: LayoutName): Promise<boolean>;
  resolve(repository: string, reference: string): Promise<ManifestBytes | undefined>;
  tags(repository: string): Promise<readonly string[]>;
  repositories(): Promise<readonly string[]>;
  /** Whether a manifest of the repository is, or names, the blob of this digest: all repositories share the blobs. */
  holds(repository: string, digest: string): Promise<boolean>;
}

/** A manifest's name in a layout: `reference` is a tag or the manifest's digest. */
interface LayoutName {
  readonly repository: string;
  readonly reference: string;
}

/** States of repositories whose blobs are remembered. */
const MOST_NAMED = 100;

/** Opens a layout; with `create`, makes it where there is nothing. */
export async function openLayout(folder: string, options: { create?: boolean } = {}): Promise<Layout> {
  const path = resolve(folder);
  if (options.create === true) await createLayout(path);
  await checkLayout(path);
  const uses = usesOf(path);
  const named = new BoundedMap<string, ReadonlySet<string>>(MOST_NAMED);
  const fileOf = (digest: string) => join(path, 'blobs', 'sha256', hexOf(digest));
  const use = (digest: string) => void uses.set(digest, Date.now());
  const sizeOf = async (digest: string) =>
    isDigest(digest) ? (await ifExists(stat(fileOf(digest))))?.size : undefined;
  return {
    path,
    sizeOf,
    keeps: async ({ digest, size }) => {
      // Before it is looked for: what is found must not be gone a moment later.
      use(digest);
      return (await sizeOf(digest)) === size;
    },
    openBlob: async (digest, range) =>
      (await sizeOf(digest)) === undefined
        ? undefined
        : createReadStream(fileOf(digest), { ...range, highWaterMark: 2 ** 20 }),
    writeBlob: async (blob) => {
      use(blob.descriptor.digest);
      await writeBlob(path, blob, fileOf(blob.descriptor.digest));
    },
    putManifest: async (name, manifest) => {
      checkName(path, name, manifest.descriptor);
      use(manifest.descriptor.digest);
      await guardWrite(path, () => atomicWrite(fileOf(manifest.descriptor.digest), manifest.bytes));
      await turns.run(path, () => guardWrite(path, () => tagManifest(path, name, manifest.descriptor)));
    },
    removeManifest: (name) => turns.run(path, () => guardWrite(path, () => removeFromIndex(path, name, uses))),
    resolve: async (repository, reference) => {
      const descriptor = findManifest(await readLayoutIndex(path), repository, reference);
      if (descriptor === undefined) return undefined;
      const bytes = await readFile(fileOf(descriptor.digest)).catch((error: unknown) => {
        throw hasCode(error, 'ENOENT')
          ? ociError('OCI_BLOB_MISSING', { digest: descriptor.digest, location: path })
          : error;
      });
      return { descriptor: withoutAnnotations(descriptor), bytes };
    },
    tags: async (repository) => tagsOf(await readLayoutIndex(path), repository),
    repositories: async () => repositoriesIn(await readLayoutIndex(path)),
    holds: async (repository, digest) => {
      const manifests = manifestsOf(await readLayoutIndex(path), repository);
      const key = JSON.stringify([repository, ...manifests.map((one) => one.digest)]);
      const blobs = named.get(key) ?? (await neededBlobs(join(path, 'blobs', 'sha256'), { manifests: [...manifests] }));
      named.set(key, blobs);
      return blobs.has(digest);
    },
  };
}

/** Writers of one folder's index in this process wait for each other, also through different `Layout` values. */
const turns = new Serial();
const usesByPath = new Map<string, BlobUses>();

function usesOf(path: string): BlobUses {
  const uses: BlobUses = usesByPath.get(path) ?? new Map();
  usesByPath.set(path, uses);
  return uses;
}

async function createLayout(path: string): Promise<void> {
  await guardWrite(path, async () => {
    await mkdir(join(path, 'blobs', 'sha256'), { recursive: true });
    const files = { 'index.json': { schemaVersion: 2, manifests: [] }, 'oci-layout': { imageLayoutVersion: '1.0.0' } };
    for (const [name, content] of Object.entries(files))
      if (!(await exists(join(path, name)))) await writeFile(join(path, name), JSON.stringify(content));
  });
}

async function checkLayout(path: string): Promise<void> {
  const fail = (reason: string) => ociError('OCI_LAYOUT_INVALID', { path, reason });
  const text = await readFile(join(path, 'oci-layout'), 'utf8').catch(() => undefined);
  if (text === undefined) throw fail('it has no file `oci-layout`');
  if (!/"imageLayoutVersion"\s*:\s*"1\./.test(text)) throw fail('its `oci-layout` is not of version 1');
  await readLayoutIndex(path);
}

function checkName(path: string, { repository, reference }: LayoutName, { digest }: Descriptor): void {
  if (isRepositoryName(repository) && (isTag(reference) || reference === digest)) return;
  throw ociError('OCI_REFERENCE_INVALID', {
    reference: `${repository}:${reference}`,
    reason: `it cannot name an image in ${path}`,
  });
}

async function tagManifest(path: string, { repository, reference }: LayoutName, descriptor: Descriptor): Promise<void> {
  const index = await readLayoutIndex(path);
  const changed =
    reference === descriptor.digest
      ? withUntagged(index, repository, descriptor)
      : withTag(index, { repository, tag: reference }, descriptor);
  await writeLayoutIndex(path, changed);
}

/** A tag that goes leaves its manifest to be had by digest. */
async function removeFromIndex(path: string, name: LayoutName, uses: BlobUses): Promise<boolean> {
  const index = await readLayoutIndex(path);
  const changed = isDigest(name.reference)
    ? withoutUntagged(index, name.repository, name.reference)
    : withoutTag(index, name.repository, name.reference);
  if (changed === index) return false;
  await writeLayoutIndex(path, changed);
  if (isDigest(name.reference)) await sweepBlobs(path, changed, uses);
  return true;
}

function withoutAnnotations({ mediaType, digest, size, platform }: Descriptor): Descriptor {
  return { mediaType, digest, size, platform };
}
