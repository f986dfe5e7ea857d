import PQueue from 'p-queue';
import type { Blob, ImageTarget, ManifestBytes } from '../../oci/index.ts';
import { imageError } from '../errors.ts';
import { SentBytes } from './sent-bytes.ts';
import { imagesOf, topOf, type Publishable } from './publishable.ts';

export interface Published {
  /** Of the manifest, or of the index. */
  readonly digest: string;
  readonly reference: string;
  /** Of all platforms together; a layer that two of them share counts once. */
  readonly layers: number;
  readonly layersUploaded: number;
  /** Bytes of layers, configuration and manifests that were sent, without those that were present or mounted. */
  readonly bytesUploaded: number;
  /** Bytes of the whole image. */
  readonly bytesTotal: number;
}

export interface PublishOptions {
  readonly tag: string;
  /**
   * Called when everything is in the repository, by digest, and before any tag names it: for what must be tried, signed
   * or attached first. If it throws, no tag moves.
   */
  readonly beforeTag?: (uploaded: ManifestBytes) => Promise<void>;
  /** What to do if another writer moves the tag during the publication; by default nothing is published. */
  readonly moved?: 'refuse' | 'replace';
  /** Whether the tag, once it names something, never names anything else; `moved` does not count then. */
  readonly immutable?: boolean;
  /** Digests that the tag may name before it moves; without them any. Others were published by another writer. */
  readonly ours?: ReadonlySet<string>;
  /** Called with the bytes of blobs that are in the repository so far, and those of all. */
  readonly onBytes?: (done: number, total: number) => void;
}

const PARALLEL = 4;

/**
 * Publishes an image under a tag (`how` may be just the tag): missing blobs first, several at a time, then the
 * manifests, the tag last. The tag moves only if it names what it named at the beginning (registries cannot do this in
 * one step, so another writer may still move it between the check and the move). Whatever fails, the tag stays as it
 * was, and blobs that have arrived need not be sent again. Safe to repeat.
 */
export async function publishImage(
  what: Publishable,
  target: ImageTarget,
  how: string | PublishOptions,
): Promise<Published> {
  const {
    tag,
    beforeTag,
    moved = 'refuse',
    immutable = false,
    ours,
    onBytes,
  }: PublishOptions = typeof how === 'string' ? { tag: how } : how;
  const images = imagesOf(what);
  const top = topOf(what);
  const { digest } = top.descriptor;
  const seen = await taggedDigest(target, tag);
  const blobs = distinct(images.flatMap((image) => image.blobs));
  const sent: Blob[] = [];
  const manifests: ManifestBytes[] = [];
  if (seen !== digest) {
    const refuseOther = async () => {
      if (immutable) await refuseImmutable(target, { tag, digest });
      else if (moved === 'refuse') await refuseMoved(target, { tag, seen });
    };
    if (immutable) await refuseOther();
    if (moved === 'refuse' && seen !== undefined && ours?.has(seen) === false)
      throw imageError('IMAGE_TAG_FOREIGN', { reference: `${target.location}:${tag}`, found: seen });
    sent.push(...(await sendMissing(blobs, target, onBytes)));
    if ('index' in what) manifests.push(...images.map(({ manifest }) => manifest));
    if (beforeTag !== undefined) manifests.push(top);
    for (const manifest of manifests) await target.putManifest(manifest, manifest.descriptor.digest);
    await beforeTag?.(top);
    await refuseOther();
    await target.putManifest(top, tag);
    manifests.push(top);
  }
  const configs = new Set(images.map(({ blobs: [config] }) => config?.descriptor.digest));
  const layersOf = (some: readonly Blob[]) => some.filter(({ descriptor }) => !configs.has(descriptor.digest)).length;
  const documents = 'index' in what ? [top, ...images.map(({ manifest }) => manifest)] : [top];
  return {
    digest,
    reference: `${target.location}:${tag}`,
    layers: layersOf(blobs),
    layersUploaded: layersOf(sent),
    bytesUploaded: bytesOf(sent) + bytesOf(manifests),
    bytesTotal: bytesOf(blobs) + bytesOf(documents),
  };
}

async function taggedDigest(target: ImageTarget, tag: string): Promise<string | undefined> {
  return (await target.readManifest(tag))?.descriptor.digest;
}

async function refuseImmutable(target: ImageTarget, { tag, digest }: { tag: string; digest: string }): Promise<void> {
  const found = await taggedDigest(target, tag);
  if (found === undefined || found === digest) return;
  throw imageError('IMAGE_TAG_IMMUTABLE', { reference: `${target.location}:${tag}`, found, digest });
}

async function refuseMoved(
  target: ImageTarget,
  { tag, seen }: { tag: string; seen: string | undefined },
): Promise<void> {
  const found = await taggedDigest(target, tag);
  if (found === seen) return;
  const named = (digest: string | undefined) => digest ?? 'not there';
  throw imageError('IMAGE_TAG_MOVED', {
    reference: `${target.location}:${tag}`,
    seen: named(seen),
    found: named(found),
  });
}

/** A blob that images have twice is sent once. */
function distinct(blobs: readonly Blob[]): readonly Blob[] {
  return [...new Map(blobs.map((blob) => [blob.descriptor.digest, blob])).values()];
}

function bytesOf(parts: readonly { readonly descriptor: { readonly size: number } }[]): number {
  return parts.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
}

/** The blobs that were sent. */
async function sendMissing(
  blobs: readonly Blob[],
  target: ImageTarget,
  onBytes: PublishOptions['onBytes'],
): Promise<readonly Blob[]> {
  const counter = new SentBytes(bytesOf(blobs), onBytes);
  const queue = new PQueue({ concurrency: PARALLEL });
  const failed = new AbortController();
  const tasks = blobs.map((blob) => async () => {
    // After a failure no task starts; those that run end before the failure is reported.
    if (failed.signal.aborted) return undefined;
    const isSent = !(await target.hasBlob(blob.descriptor)) && (await target.putBlob(counter.counted(blob))) === 'sent';
    counter.set(blob.descriptor, blob.descriptor.size);
    return isSent ? blob : undefined;
  });
  const results = await Promise.allSettled(
    tasks.map((task) =>
      queue.add(task).catch((error: unknown) => {
        failed.abort();
        throw error;
      }),
    ),
  );
  const fault = results.find((one) => one.status === 'rejected');
  if (fault !== undefined) throw fault.reason;
  return results.flatMap((one) => (one.status === 'fulfilled' && one.value !== undefined ? [one.value] : []));
}
