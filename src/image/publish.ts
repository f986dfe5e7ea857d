import PQueue from 'p-queue';
import type { Blob, Image, ImageTarget } from '../oci/index.ts';

export interface Published {
  /** Of the manifest. */
  readonly digest: string;
  readonly reference: string;
  readonly layers: number;
  readonly layersUploaded: number;
  /** Bytes of layers, configuration and manifest that were sent; what was there or could be mounted costs nothing. */
  readonly bytesUploaded: number;
  /** Bytes of the whole image. */
  readonly bytesTotal: number;
}

const PARALLEL = 4;

/**
 * Publishes an image under a tag: missing blobs first, several at a time, then the manifest, whose arrival moves the
 * tag. Whatever fails, the tag is as it was; what has arrived by then need not be sent again. Safe to repeat.
 */
export async function publishImage(image: Image, target: ImageTarget, tag: string): Promise<Published> {
  const { descriptor } = image.manifest;
  const [config, ...layers] = image.blobs;
  const present = await target.readManifest(tag);
  const isTagged = present?.descriptor.digest === descriptor.digest;
  const sent = isTagged ? [] : await sendMissing(image.blobs, target);
  if (!isTagged) await target.putManifest(image.manifest, tag);
  const bytesOf = (blobs: readonly Blob[]) => blobs.reduce((sum, one) => sum + one.descriptor.size, 0);
  return {
    digest: descriptor.digest,
    reference: `${target.place}:${tag}`,
    layers: layers.length,
    layersUploaded: sent.filter((blob) => blob !== config).length,
    bytesUploaded: bytesOf(sent) + (isTagged ? 0 : descriptor.size),
    bytesTotal: bytesOf(image.blobs) + descriptor.size,
  };
}

/** The blobs that were sent. A blob that an image has twice is sent once. */
async function sendMissing(blobs: readonly Blob[], target: ImageTarget): Promise<readonly Blob[]> {
  const distinct = [...new Map(blobs.map((blob) => [blob.descriptor.digest, blob])).values()];
  const queue = new PQueue({ concurrency: PARALLEL });
  const failed = new AbortController();
  const tasks = distinct.map((blob) => async () => {
    // After a failure nothing more is begun; what is under way ends before we report it.
    if (failed.signal.aborted || (await target.hasBlob(blob.descriptor))) return undefined;
    return (await target.putBlob(blob)) === 'sent' ? blob : undefined;
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
