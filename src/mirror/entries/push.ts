import { sha256 } from '../../kit/index.ts';
import {
  blobKey,
  buildcacheMediaTypes,
  formatManifest,
  manifestKey,
  specMediaType,
  writeSpecFile,
  type BlobRecord,
  type Lockfile,
} from '../../spack/index.ts';
import { mirrorError } from '../errors.ts';
import type { SignText } from '../catalog/index-statement.ts';
import { gzip } from '../archive/gzip.ts';
import { isCountedOn } from './blob-age.ts';
import type { ObjectBody, ObjectStore } from '../stores/object-store.ts';
import type { PackedTarball } from '../archive/pack.ts';

export interface PushRequest {
  readonly lock: Lockfile;
  /** DAG hash of the package. */
  readonly hash: string;
  readonly tarball: PackedTarball;
  /** Where nobody signs at the door. */
  readonly sign?: SignText;
}

/**
 * Pushes a package: blobs first, the manifest last, so that a reader sees the whole entry or none. What
 * is there already is not sent again: a push that was cut off goes on where it stopped. Gives back the manifest.
 */
export async function pushEntry(store: ObjectStore, { lock, hash, tarball, sign }: PushRequest): Promise<string> {
  const node = lock.nodes.get(hash);
  if (node === undefined) throw mirrorError('MIRROR_SPEC_NOT_IN_LOCK', { hash });
  const spec = gzip(writeSpecFile(lock, hash));
  const records: BlobRecord[] = [
    { ...gzipRecord(tarball.sha256, tarball.size, buildcacheMediaTypes.tarball), diffId: tarball.diffId },
    gzipRecord(sha256(spec), spec.length, specMediaType(lock.specfileVersion)),
  ];
  await putBlob(store, tarball.sha256, { file: tarball.file, size: tarball.size });
  await putBlob(store, sha256(spec), spec);
  const text = formatManifest({ version: 3, data: records });
  const manifest = sign === undefined ? text : await sign(text);
  await store.put(manifestKey(node), Buffer.from(manifest), { contentType: 'application/json' });
  return manifest;
}

/**
 * Puts a blob under the name that its digest gives, unless one of the same size is there and young enough to be counted
 * on.
 */
export async function putBlob(store: ObjectStore, digest: string, body: ObjectBody): Promise<void> {
  const size = body instanceof Uint8Array ? body.length : body.size;
  if (!isCountedOn(await store.head(blobKey(digest)), size)) await store.put(blobKey(digest), body);
}

export function gzipRecord(checksum: string, contentLength: number, mediaType: string): BlobRecord {
  return { contentLength, mediaType, compression: 'gzip', checksumAlgorithm: 'sha256', checksum };
}
