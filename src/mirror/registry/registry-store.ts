import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { Serial, digestFile, sha256 } from '../../kit/index.ts';
import { bytesBlob, hexOf, mediaTypes, type Blob, type Descriptor, type RegistryRepository } from '../../oci/index.ts';
import {
  blobKey,
  buildcacheMediaTypes,
  formatManifest,
  indexManifestKey,
  isClearsigned,
  parseBlobKey,
  parseManifest,
  parseManifestKey,
  signedPayload,
} from '../../spack/index.ts';
import { readRecords, readSpecBlob } from '../entries/blob-records.ts';
import { blobRecord } from '../entries/put.ts';
import { mirrorError } from '../errors.ts';
import { checkKey } from '../stores/object-key.ts';
import type { ObjectBody, ObjectInfo, ObjectStore, PutOptions } from '../stores/object-store.ts';
import { indexTag, isPackageTag, keyOfTag, tagOf } from './object-tags.ts';
import { readPackageImage, writePackageImage } from './package-image.ts';
import { annotations, readTagged, writeTagged, type Tagged } from './tagged-object.ts';

/**
 * A mirror in a repository of an OCI registry (`oci://host/repository`), in the form that Spack reads and writes:
 * packages and the index are images with Spack's tags, blobs are the registry's own; every other object is a tag of
 * its own. What Spack wrote is read as an unsigned build cache. Registries know no conditions on a put: here they hold
 * among the puts of this process only. Spec blobs made from Spack's images are kept in memory while this store lives.
 */
export function registryStore(repository: RegistryRepository): ObjectStore {
  return new RegistryStore(repository);
}

const OBJECT = 'application/octet-stream';
const AT_ONCE = 8;

interface Found {
  readonly key: string;
  readonly etag: string;
  readonly size: number;
  open(): Promise<Readable>;
}

class RegistryStore implements ObjectStore {
  readonly url: string;
  readonly #repository: RegistryRepository;
  readonly #writes = new Serial();
  readonly #specBlobs = new Map<string, Buffer>();

  constructor(repository: RegistryRepository) {
    this.#repository = repository;
    this.url = `oci://${repository.location}`;
  }

  async get(key: string): Promise<Buffer | undefined> {
    const stream = await this.open(key);
    return stream === undefined ? undefined : buffer(stream);
  }

  async open(key: string): Promise<Readable | undefined> {
    return (await this.#find(key))?.open();
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    const found = await this.#find(key);
    return found && infoOf(found);
  }

  async put(key: string, body: ObjectBody, options: PutOptions = {}): Promise<void> {
    checkKey(key);
    const { ifMatch } = options;
    await this.#writes.run(key, async () => {
      if (ifMatch !== undefined && (await this.head(key))?.etag !== (ifMatch === 'absent' ? undefined : ifMatch))
        throw mirrorError('MIRROR_STORE_CONFLICT', { key, store: this.url });
      const blob = await blobOf(body);
      if (parseManifestKey(key) !== undefined) return this.#putPackage(await buffer(await blob.open()));
      if (key === indexManifestKey) return this.#putIndex(await buffer(await blob.open()));
      if (!(await this.#repository.hasBlob(blob.descriptor))) await this.#repository.putBlob(blob);
      return this.#tag(key, blob.descriptor);
    });
  }

  async *list(prefix: string): AsyncIterable<ObjectInfo> {
    const tags: string[] = [];
    for await (const tag of this.#repository.listTags()) {
      const key = keyOfTag(tag);
      if (key === undefined ? isPackageTag(tag) || tag.startsWith('h.') : key.startsWith(prefix)) tags.push(tag);
    }
    const found: ObjectInfo[] = [];
    while (tags.length > 0) {
      const some = await Promise.all(tags.splice(0, AT_ONCE).map((tag) => this.#below(tag)));
      for (const one of some) if (one?.key.startsWith(prefix)) found.push(infoOf(one));
    }
    yield* found.toSorted((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
  }

  async copy(source: string, target: string): Promise<void> {
    const found = await readTagged(this.#repository, tagOf(checkKey(source)));
    const layer = found?.manifest.layers[0];
    const isPlain = found?.manifest.annotations?.[annotations.manifest] === undefined;
    if (layer !== undefined && isPlain && !isPackageTag(tagOf(source))) return this.#tag(checkKey(target), layer);
    const bytes = await this.get(source);
    if (bytes === undefined)
      throw mirrorError('MIRROR_STORE_REQUEST_FAILED', {
        method: 'COPY',
        key: source,
        store: this.url,
        reason: 'there is no such object',
      });
    return this.put(target, bytes);
  }

  async remove(key: string): Promise<void> {
    const tag = tagOf(checkKey(key));
    if ((await this.#find(key)) === undefined) return;
    await writeTagged(this.#repository, tag, {
      layers: [],
      annotations: { [annotations.key]: key, [annotations.removed]: 'true' },
    });
  }

  /**
   * Mounted where the two repositories were opened so (`mountFrom`); otherwise the blob streams from one to the other.
   */
  async adopt(source: ObjectStore, sourceKey: string, target: string): Promise<boolean> {
    if (!(source instanceof RegistryStore)) return false;
    const digest = parseBlobKey(checkKey(sourceKey));
    const size = digest === undefined ? undefined : await source.#repository.blobSize(`sha256:${digest}`);
    if (size === undefined) return false;
    const descriptor = { mediaType: OBJECT, digest: `sha256:${digest}`, size };
    await this.#repository.putBlob({ descriptor, open: () => source.#repository.openBlob(descriptor) });
    await this.#tag(checkKey(target), descriptor);
    return true;
  }

  #tag(key: string, descriptor: Descriptor): Promise<void> {
    return writeTagged(this.#repository, tagOf(key), {
      layers: [{ mediaType: OBJECT, digest: descriptor.digest, size: descriptor.size }],
      annotations: { [annotations.key]: key },
    });
  }

  async #find(key: string): Promise<Found | undefined> {
    const digest = parseBlobKey(checkKey(key));
    if (digest === undefined) {
      const found = await this.#below(tagOf(key));
      return found?.key === key ? found : undefined;
    }
    const made = this.#specBlobs.get(digest);
    if (made !== undefined) return inMemory(key, `sha256:${digest}`, made);
    const isRemoved = await this.#isRemoved(key);
    const size = isRemoved ? undefined : await this.#repository.blobSize(`sha256:${digest}`);
    if (size === undefined) return undefined;
    const descriptor = { mediaType: OBJECT, digest: `sha256:${digest}`, size };
    return { key, etag: digest, size, open: () => this.#repository.openBlob(descriptor) };
  }

  async #isRemoved(key: string): Promise<boolean> {
    const found = await this.#repository.readManifest(tagOf(key));
    return found?.bytes.includes(`"${annotations.removed}"`) === true;
  }

  async #below(tag: string): Promise<Found | undefined> {
    const tagged = await readTagged(this.#repository, tag);
    if (tagged === undefined) return undefined;
    if (isPackageTag(tag)) return this.#package(tagged);
    const layer = tagged.manifest.layers[0];
    if (layer === undefined) return undefined;
    if (tag === indexTag) return inMemory(indexManifestKey, tagged.digest, indexText(tagged, layer));
    const key = keyOfTag(tag) ?? tagged.manifest.annotations?.[annotations.key];
    if (key === undefined) return undefined;
    return { key, etag: tagged.digest, size: layer.size, open: () => this.#repository.openBlob(layer) };
  }

  async #package({ digest, manifest }: Tagged): Promise<Found | undefined> {
    const read = await readPackageImage(this.#repository, manifest);
    if (read === undefined) return undefined;
    if (read.specBlob !== undefined) this.#specBlobs.set(sha256(read.specBlob), read.specBlob);
    return inMemory(read.key, digest, Buffer.from(read.text));
  }

  async #putPackage(bytes: Buffer): Promise<void> {
    const text = bytes.toString();
    const { tarball, spec } = readRecords(isClearsigned(text) ? signedPayload(text) : text, 'the new entry');
    await writePackageImage(this.#repository, { spec: await readSpecBlob(this, spec), tarball, text });
  }

  async #putIndex(bytes: Buffer): Promise<void> {
    const text = bytes.toString();
    const record = parseManifest(text).data[0]!;
    const { contentLength: size, checksum } = record;
    if ((await this.#find(blobKey(checksum))) === undefined)
      throw mirrorError('MIRROR_BLOB_MISSING', { digest: checksum, part: 'index', entry: 'index', store: this.url });
    // Spack expects the media type of a package's layer.
    const layers = [{ mediaType: mediaTypes.layerGzip, digest: `sha256:${checksum}`, size }];
    await writeTagged(this.#repository, indexTag, { layers, annotations: { [annotations.manifest]: text } });
  }
}

function indexText({ manifest }: Tagged, layer: Descriptor): Buffer {
  const text = manifest.annotations?.[annotations.manifest];
  if (text !== undefined) return Buffer.from(text);
  const blob = { sha256: hexOf(layer.digest), size: layer.size };
  const record = blobRecord(buildcacheMediaTypes.index, blob, 'none');
  return Buffer.from(formatManifest({ version: 3, data: [record] }));
}

async function blobOf(body: ObjectBody): Promise<Blob> {
  if (body instanceof Uint8Array) return bytesBlob(body, OBJECT);
  const { file } = body;
  const digest = `sha256:${(await digestFile(file)).sha256}`;
  return { descriptor: { mediaType: OBJECT, digest, size: body.size }, open: async () => createReadStream(file) };
}

function inMemory(key: string, etag: string, bytes: Buffer): Found {
  return { key, etag, size: bytes.length, open: async () => Readable.from([bytes], { objectMode: false }) };
}

function infoOf({ key, size, etag }: Found): ObjectInfo {
  return { key, size, etag };
}
