import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { hasCode } from '../kit/index.ts';
import { digestOf, isDigest, mediaTypes, type Descriptor } from './descriptor.ts';
import { ociError } from './errors.ts';
import type { Blob, ImageTarget, ManifestBytes, Removal } from './image.ts';
import { RegistryConnection, type RegistryConnectionOptions } from './registry-connection.ts';
import { readBody } from './response-body.ts';
import { listTags, readReferrers } from './registry-lists.ts';
import { blobSize, uploadBlob } from './registry-upload.ts';
import { verifiedStream } from './verified-stream.ts';

export interface RegistryClientOptions extends Omit<RegistryConnectionOptions, 'scopes'> {
  readonly repository: string;
  /** The requested access; `push` includes reading. */
  readonly access: 'pull' | 'push';
  /** Repositories of the same registry that may hold blobs already, beside those that a blob itself names. */
  readonly mountFrom?: readonly string[];
  /** Bytes that are sent at once; larger blobs are sent in chunks. */
  readonly chunkSize?: number;
}

/** A repository of a registry, with what a folder of images has not. */
export interface RegistryRepository extends ImageTarget {
  /** Tags in the registry's order, over all pages; none where there is no such repository. */
  listTags(): AsyncIterable<string>;
  /** Bytes of a blob; undefined if the repository has none with this digest. */
  blobSize(digest: string): Promise<number | undefined>;
}

const ACCEPT = [mediaTypes.manifest, mediaTypes.index, mediaTypes.dockerManifest, mediaTypes.dockerManifestList].join(
  ', ',
);
/** OCI distribution-spec, "Pushing Manifests": registries take at least 4 MiB, so that none is larger. */
const MAX_MANIFEST = 4 * 1024 * 1024;

/** One repository of a registry, by the OCI distribution specification 1.1 and Docker's registry of old. */
export function registryClient(options: RegistryClientOptions): RegistryRepository {
  const { repository, access, mountFrom = [], chunkSize } = options;
  const own = `repository:${repository}:${access === 'push' ? 'pull,push' : 'pull'}`;
  const connection = new RegistryConnection({ ...options, scopes: [own] });
  const readers = (names: readonly string[]) => names.map((name) => `repository:${name}:pull`);
  connection.widen(readers(mountFrom));
  const base = `/v2/${repository}`;
  const location = `${options.registry}/${repository}`;
  return {
    location,
    repository: { registry: options.registry, repository },
    readManifest: (reference) => readManifest(connection, base, reference),
    openBlob: (descriptor) => openBlob(connection, { base, location, descriptor }),
    hasBlob: async (descriptor) => (await blobSize(connection, base, descriptor.digest)) !== undefined,
    blobSize: (digest) => blobSize(connection, base, digest),
    readReferrers: (digest) => readReferrers(connection, base, digest),
    listTags: () => listTags(connection, base),
    putBlob: (blob: Blob) => {
      const known = (blob.mountFrom ?? []).flatMap((one) =>
        one.registry === options.registry ? [one.repository] : [],
      );
      const from = [...new Set([...known, ...mountFrom])].filter((one) => one !== repository);
      connection.widen(readers(from));
      return uploadBlob(connection, { base, blob, mountFrom: from, chunkSize });
    },
    putManifest: (manifest, reference) => putManifest(connection, `${base}/manifests/${reference}`, manifest),
    remove: (reference) => {
      connection.widen([`repository:${repository}:delete`]);
      return removeManifest(connection, `${base}/manifests/${reference}`);
    },
  };
}

async function readManifest(
  connection: RegistryConnection,
  base: string,
  reference: string,
): Promise<ManifestBytes | undefined> {
  const request = { method: 'GET', url: `${base}/manifests/${reference}`, headers: { accept: ACCEPT } } as const;
  const response = await connection.find(request);
  if (response === undefined) return undefined;
  const bytes = await readBody(response, MAX_MANIFEST);
  if (bytes.length > MAX_MANIFEST) throw connection.invalid(request, 'the manifest is larger than 4 MiB');
  const digest = digestOf(bytes);
  const claimed = isDigest(reference) ? reference : response.headers.get('docker-content-digest');
  connection.checkDigest(reference, digest, claimed ?? digest);
  const mediaType = response.headers.get('content-type')?.split(';')[0]?.trim() ?? mediaTypes.manifest;
  return { descriptor: { mediaType, digest, size: bytes.length }, bytes };
}

async function openBlob(
  connection: RegistryConnection,
  { base, location, descriptor }: { base: string; location: string; descriptor: Descriptor },
): Promise<Readable> {
  const { digest } = descriptor;
  const response = await connection.find({ method: 'GET', url: `${base}/blobs/${digest}` });
  if (response === undefined) throw ociError('OCI_BLOB_MISSING', { digest, location });
  const verified = verifiedStream(descriptor, location);
  const source = response.body === null ? Readable.from([]) : Readable.fromWeb(response.body);
  // The reader sees an error of either stream on `verified`.
  pipeline(source, verified).catch(() => undefined);
  return verified;
}

async function putManifest(
  connection: RegistryConnection,
  url: string,
  { descriptor, bytes }: ManifestBytes,
): Promise<void> {
  const headers = { 'content-type': descriptor.mediaType };
  const request = { method: 'PUT', url, headers, body: async () => bytes } as const;
  const response = await connection.send(request);
  if (!response.ok) throw await connection.failure(request, response);
  await response.body?.cancel();
  connection.checkDigest(url, response.headers.get('docker-content-digest'), descriptor.digest);
}

/** Answers of registries that have removal switched off, or do not allow it for tags or for these credentials. */
const REFUSALS = new Set([400, 401, 403, 405, 415, 501]);

/** OCI distribution-spec, "Deleting Manifests" and "Deleting tags": a registry may refuse either. */
async function removeManifest(connection: RegistryConnection, url: string): Promise<Removal> {
  const request = { method: 'DELETE', url } as const;
  const response = await connection.send(request).catch((error: unknown) => {
    // The registry issues no token for it.
    if (hasCode(error, 'REGISTRY_UNAUTHORIZED')) return error as Error;
    throw error;
  });
  if (response instanceof Error) return { refused: response.message };
  if (response.ok || response.status === 404) {
    await response.body?.cancel();
    return response.ok ? 'removed' : 'absent';
  }
  const failure = await connection.failure(request, response);
  if (REFUSALS.has(response.status)) return { refused: failure.message };
  throw failure;
}
